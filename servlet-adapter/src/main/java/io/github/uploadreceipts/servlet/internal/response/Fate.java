package io.github.uploadreceipts.servlet.internal.response;

/** What depends on whether a client gets a response. One of the two methods is called, once. */
public interface Fate {

    /** Nothing depends on the response: a client that does not get it asks again. */
    Fate INDIFFERENT = new Fate() {
        @Override
        public void given() {}

        @Override
        public void lost() {}
    };

    /** The client has got the whole response, as far as the server can know. */
    void given();

    /** The client has not got the response, or not all of it. */
    void lost();
}
