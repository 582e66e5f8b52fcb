package io.github.uploadreceipts.objectstorage;

import java.time.Instant;

/**
 * Decides which of several hosts was the first, where the object store cannot: OpenStack Swift lets two writers with
 * {@code If-None-Match: *} both win. A database can, which all hosts use:
 *
 * <pre>{@code
 * CREATE TABLE upload_claims (name VARCHAR(200) PRIMARY KEY, content VARCHAR(4000) NOT NULL, until TIMESTAMP NOT NULL)
 *
 * ObjectClaims claims = (key, value, until) -> {
 *     try (Connection connection = database.getConnection();
 *             PreparedStatement insert = connection.prepareStatement(
 *                     "INSERT INTO upload_claims (name, content, until) VALUES (?, ?, ?)");
 *             PreparedStatement select = connection.prepareStatement(
 *                     "SELECT content FROM upload_claims WHERE name = ?")) {
 *         insert.setString(1, key);
 *         insert.setString(2, value);
 *         insert.setTimestamp(3, Timestamp.from(until));
 *         try {
 *             insert.executeUpdate();
 *             return value;
 *         } catch (SQLIntegrityConstraintViolationException e) {
 *             select.setString(1, key);
 *             try (ResultSet row = select.executeQuery()) {
 *                 row.next();
 *                 return row.getString(1);
 *             }
 *         }
 *     }
 * };
 * }</pre>
 *
 * <p>The connection commits each statement. Keys differ in case, so the column must not be compared without it, as
 * MySQL does by default. The application deletes rows whose time has passed.
 */
@FunctionalInterface
public interface ObjectClaims {

    /**
     * Records a value under a key unless one stands there, durably. Of all hosts that call this with one key, exactly one
     * has its value recorded, and all are told that one.
     *
     * @param key up to 150 characters of {@code [0-9A-Za-z_/-]}
     * @param value up to 4,000 visible ASCII characters and spaces
     * @param until how long the value must stand
     * @return the value that stands there now
     * @throws Exception if that could not be found out; the upload or claim is then refused
     */
    String putIfAbsent(String key, String value, Instant until) throws Exception;
}
