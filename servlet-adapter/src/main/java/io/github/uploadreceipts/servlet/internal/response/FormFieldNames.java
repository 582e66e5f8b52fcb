package io.github.uploadreceipts.servlet.internal.response;

/** The names of the form fields that the library understands. Its own pages send them. */
public final class FormFieldNames {

    /** A receipt of an earlier upload. */
    public static final String RECEIPT = "receipt";

    /** The ticket for the form's files. */
    public static final String TICKET = "ticket";

    /** The slot of the ticket for the form's first file. */
    public static final String SLOT = "slot";

    private FormFieldNames() {}
}
