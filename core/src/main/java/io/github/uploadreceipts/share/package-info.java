/** Share links, by which people download stored uploads, and upload-request links, by which they send files. */
@NullMarked
package io.github.uploadreceipts.share;

import org.jspecify.annotations.NullMarked;
