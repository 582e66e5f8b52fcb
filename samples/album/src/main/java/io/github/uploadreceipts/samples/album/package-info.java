/** The sample "Album": a fleet of hosts on one machine, and the page on which a person makes albums with it. */
@NullMarked
package io.github.uploadreceipts.samples.album;

import org.jspecify.annotations.NullMarked;
