package io.github.uploadreceipts.servlet.internal.finish;

import io.github.uploadreceipts.internal.engine.Engine;
import io.github.uploadreceipts.internal.engine.IssuedReceipt;
import io.github.uploadreceipts.internal.engine.MemoryBudget;
import io.github.uploadreceipts.internal.http.MediaType;
import io.github.uploadreceipts.problem.RefusedException;
import io.github.uploadreceipts.problem.UploadRefusedException;
import io.github.uploadreceipts.servlet.internal.receive.BodyParser;
import io.github.uploadreceipts.servlet.internal.receive.FormParts;
import io.github.uploadreceipts.servlet.internal.receive.MultipartParser;
import io.github.uploadreceipts.servlet.internal.receive.Reception;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A multipart form. Its fields are kept, and its files are stored. */
final class FormBody implements KindOfBody {

    private final HttpServletRequest request;
    private final Engine engine;
    private final FinalSettings settings;
    private final String boundary;
    private final MemoryBudget.Share memory;
    private final FormParts form;
    private final MultipartParser parser;

    FormBody(HttpServletRequest request, Engine engine, FinalSettings settings, MediaType type, Reception reception)
            throws UploadRefusedException {
        this.request = request;
        this.engine = engine;
        this.settings = settings;
        this.memory = reception.memory();
        this.form = new FormParts(reception, part -> true);
        this.parser = MultipartParser.create(type, form);
        this.boundary = type.parameter("boundary").orElseThrow();
        if (settings.files().isEmpty()) {
            form.refuseFiles();
        }
    }

    @Override
    public void push(byte[] bytes, int offset, int length) throws UploadRefusedException {
        parser.push(bytes, offset, length);
    }

    /** Takes the fields from the container if a filter in front has made it read the form. */
    @Override
    public void endEmpty(boolean declared) throws RefusedException {
        ContainerForm read = ContainerForm.of(request);
        if (read.isEmpty()) {
            parser.endEmpty(declared);
            return;
        }
        try {
            read.pushTo(parser, boundary);
        } catch (IOException e) {
            throw BodyParser.readBefore(declared);
        }
    }

    @Override
    public void end() throws UploadRefusedException {
        parser.end();
    }

    @Override
    public Found search(List<IssuedReceipt> files) throws UploadRefusedException {
        memory.hold(2 * form.contentSize()); // as text
        List<String> tokens = new ArrayList<>();
        for (FormParts.Part part : form.parts()) {
            if (part.file() != FormParts.Part.NO_FILE) {
                tokens.add(files.get(part.file()).token());
            } else if (part.headers().name().equals(settings.field())
                    && !part.headers().isFile()) {
                tokens.add(part.text().strip()); // people paste receipts, as in the other kind of form
            }
        }
        return new Found(tokens, ReplayedBody.form(engine, boundary, form.parts(), files));
    }
}
