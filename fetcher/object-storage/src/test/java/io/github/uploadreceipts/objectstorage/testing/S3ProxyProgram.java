package io.github.uploadreceipts.objectstorage.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What the process of {@link S3Proxy} runs. It ends with its input, and so also when its parent is killed. */
final class S3ProxyProgram {

    private S3ProxyProgram() {}

    public static void main(String[] args) throws ReflectiveOperationException {
        Thread thread = new Thread(S3ProxyProgram::endWithInput, "input");
        thread.setDaemon(true);
        thread.start();
        Class.forName("org.gaul.s3proxy.Main").getMethod("main", String[].class).invoke(null, (Object) args);
    }

    private static void endWithInput() {
        try (InputStream in = System.in) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // as good as its end
        }
        Runtime.getRuntime().halt(0);
    }
}
