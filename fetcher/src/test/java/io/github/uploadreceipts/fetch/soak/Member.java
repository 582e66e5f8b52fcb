package io.github.uploadreceipts.fetch.soak;

/** A host of the fleet, as the test sees it. */
record Member(String name, int port, HostProcess process, Disk disk) {

    @Override
    public String toString() {
        return name;
    }
}
