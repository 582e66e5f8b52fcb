package io.github.uploadreceipts.servlet;

import io.github.uploadreceipts.internal.settings.HostSettings;
import io.github.uploadreceipts.internal.settings.Settings;

/** The upload policy that a setting names. */
final class PolicySetting {

    private PolicySetting() {}

    /**
     * Returns the policy that the setting {@code name} names.
     *
     * @throws IllegalStateException if the setting is missing or names no policy
     */
    static UploadPolicy read(Settings settings, String name) {
        String value = settings.text(name)
                .orElseThrow(() -> new IllegalStateException("no " + name
                        + " is configured, and there is no default: set it to signed-in, anyone, ticket, or the"
                        + " name of a class that implements UploadPolicy"));
        return switch (value) {
            case "anyone" -> UploadPolicy.anyone(HostSettings.limits(settings));
            case "ticket" -> UploadPolicy.ticket(HostSettings.limits(settings));
            case "signed-in" -> UploadPolicy.signedIn(HostSettings.limits(settings));
            default -> instantiate(name, value);
        };
    }

    private static UploadPolicy instantiate(String name, String className) {
        try {
            ClassLoader loader = Thread.currentThread().getContextClassLoader();
            return Class.forName(className, true, loader)
                    .asSubclass(UploadPolicy.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new IllegalStateException(
                    name + " is '" + className + "', but must be signed-in, anyone, ticket, or a class that implements"
                            + " UploadPolicy and has a public constructor without parameters",
                    e);
        }
    }
}
