package io.github.uploadreceipts.samples.album;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/** Finished albums: {@code /albums/<id>}, {@code /albums/<id>.zip} and {@code /albums/<id>/<index>}. */
final class AlbumsServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final String ZIP = ".zip";

    private final transient Albums albums;

    AlbumsServlet(Albums albums) {
        this.albums = albums;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = Optional.ofNullable(request.getPathInfo()).orElse("/").substring(1);
        int slash = path.indexOf('/');
        String name = slash < 0 ? path : path.substring(0, slash);
        boolean zip = slash < 0 && name.endsWith(ZIP);
        Optional<MadeAlbum> album = albums.find(zip ? name.substring(0, name.length() - ZIP.length()) : name);
        if (album.isEmpty()) {
            notFound(response);
        } else if (zip) {
            writeZip(request, response, album.get());
        } else if (slash < 0) {
            AlbumPages.writeAlbum(response, album.get());
        } else {
            writeFile(request, response, album.get(), path.substring(slash + 1));
        }
    }

    private static void notFound(HttpServletResponse response) throws IOException {
        Answers.problem(response, HttpServletResponse.SC_NOT_FOUND, "There is no such album");
    }

    private void writeZip(HttpServletRequest request, HttpServletResponse response, MadeAlbum album)
            throws IOException {
        setSafe(response);
        response.setContentType("application/zip");
        response.setHeader("Content-Disposition", Attachment.named("album.zip"));
        if (!isHead(request)) {
            AlbumZip.write(albums, album, response.getOutputStream());
        }
    }

    private void writeFile(HttpServletRequest request, HttpServletResponse response, MadeAlbum album, String number)
            throws IOException {
        int index = number.matches("0|[1-9]\\d{0,5}") ? Integer.parseInt(number) : Integer.MAX_VALUE;
        if (index >= album.items().size()) {
            notFound(response);
            return;
        }
        MadeAlbum.Item item = album.items().get(index);
        setSafe(response);
        if (Pictures.isShown(item.type())) {
            response.setContentType(item.type());
        } else {
            response.setContentType("application/octet-stream");
            response.setHeader("Content-Disposition", Attachment.named(item.name()));
        }
        response.setHeader("Cache-Control", "private, max-age=31536000, immutable");
        response.setContentLengthLong(item.size());
        if (!isHead(request)) {
            Files.copy(albums.file(album, index), response.getOutputStream());
        }
    }

    /** Sets fields that keep uploaded content from acting as a page of this site. */
    private static void setSafe(HttpServletResponse response) {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Security-Policy", "sandbox; default-src 'none'");
    }

    private static boolean isHead(HttpServletRequest request) {
        return request.getMethod().equals("HEAD");
    }
}
