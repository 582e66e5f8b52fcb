package io.github.uploadreceipts.samples.album;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** An album as a streamed ZIP archive. The files are in order and not compressed, because pictures do not shrink. */
final class AlbumZip {

    private static final int BUFFER = 1 << 16;
    private static final Pattern FORBIDDEN = Pattern.compile("[<>:\"/\\\\|?*\\p{Cntrl}]");
    private static final Pattern DEVICE = Pattern.compile(
            "(con|prn|aux|nul|conin\\$|conout\\$|(com|lpt)[0-9\u00B9\u00B2\u00B3]) *(\\..*)?",
            Pattern.CASE_INSENSITIVE);

    private AlbumZip() {}

    static void write(Albums albums, MadeAlbum album, OutputStream out) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        List<String> names =
                entryNames(album.items().stream().map(MadeAlbum.Item::name).toList());
        for (int i = 0; i < names.size(); i++) {
            Path file = albums.file(album, i);
            zip.putNextEntry(entry(names.get(i), file));
            Files.copy(file, zip);
            zip.closeEntry();
        }
        zip.finish();
    }

    /** An uncompressed entry states its size and checksum before its bytes. */
    private static ZipEntry entry(String name, Path file) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(Files.size(file));
        entry.setCompressedSize(Files.size(file));
        entry.setCrc(checksum(file));
        entry.setLastModifiedTime(FileTime.from(Files.getLastModifiedTime(file).toInstant()));
        return entry;
    }

    private static long checksum(Path file) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (InputStream bytes = Files.newInputStream(file);
                CheckedInputStream in = new CheckedInputStream(bytes, new CRC32())) {
            while (in.read(buffer) >= 0) {
                // the stream adds the bytes to its checksum
            }
            return in.getChecksum().getValue();
        }
    }

    /**
     * Returns names that Windows can have as well. If a name occurred before, ignoring case, it gets a number before
     * the extension.
     */
    static List<String> entryNames(List<String> names) {
        Set<String> taken = new HashSet<>();
        return names.stream().map(name -> unique(forWindows(name), taken)).toList();
    }

    /** Its own tools do not extract an archive, or a part of it, if one name is forbidden or that of a device. */
    private static String forWindows(String name) {
        String allowed = FORBIDDEN.matcher(name).replaceAll("_");
        return DEVICE.matcher(allowed).matches() ? "_" + allowed : allowed;
    }

    private static String unique(String name, Set<String> taken) {
        int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        String result = name;
        for (int n = 2; !taken.add(result.toLowerCase(Locale.ROOT)); n++) {
            result = name.substring(0, dot) + " (" + n + ")" + name.substring(dot);
        }
        return result;
    }
}
