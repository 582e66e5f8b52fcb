package io.github.uploadreceipts.servlet.internal.response;

/** The names of form fields that mean something to us: pages send them, and uploads are searched for them. */
public final class FormFieldNames {

    /** A receipt of an earlier upload. */
    public static final String RECEIPT = "receipt";

    /** The ticket that permits the form's files. */
    public static final String TICKET = "ticket";

    /** The ticket's slot for the first file. */
    public static final String SLOT = "slot";

    private FormFieldNames() {}
}
