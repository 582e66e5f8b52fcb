package io.github.uploadreceipts.servlet.internal.response;

/** What depends on whether a client gets a response. One of the two is called, once. */
public interface Fate {

    /** Nothing depends on it: a client that has no response asks again. */
    Fate INDIFFERENT = new Fate() {
        @Override
        public void given() {}

        @Override
        public void lost() {}
    };

    /** The client gets all of the response, as far as anybody can know. */
    void given();

    /** The client does not get the response, or not all of it. */
    void lost();
}
