package io.github.uploadreceipts.objectstorage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uploadreceipts.store.Claim;
import io.github.uploadreceipts.store.UploadId;
import io.github.uploadreceipts.store.UploadStore;
import io.github.uploadreceipts.testing.UploadStoreContract;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;

/** The contract of stores, where a database decides who was first. */
class ObjectClaimsTest extends UploadStoreContract {

    private static final int RACES = Integer.getInteger("upload-receipts-test.races", 1000);

    private final MemoryClient client = new MemoryClient(false);
    private final ObjectClaims claims = jdbc(database());

    static DataSource database() {
        JdbcConnectionPool database =
                JdbcConnectionPool.create("jdbc:h2:mem:" + UploadId.random() + ";DB_CLOSE_DELAY=-1", "sa", "");
        database.setMaxConnections(40);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE upload_claims (name VARCHAR(200) PRIMARY KEY,"
                    + " content VARCHAR(4000) NOT NULL, until TIMESTAMP NOT NULL)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return database;
    }

    /** As the documentation of {@link ObjectClaims} shows it. */
    static ObjectClaims jdbc(DataSource database) {
        return (key, value, until) -> {
            try (Connection connection = database.getConnection();
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO upload_claims (name, content, until) VALUES (?, ?, ?)");
                    PreparedStatement select =
                            connection.prepareStatement("SELECT content FROM upload_claims WHERE name = ?")) {
                insert.setString(1, key);
                insert.setString(2, value);
                insert.setTimestamp(3, Timestamp.from(until));
                try {
                    insert.executeUpdate();
                    return value;
                } catch (SQLIntegrityConstraintViolationException e) {
                    select.setString(1, key);
                    try (ResultSet row = select.executeQuery()) {
                        row.next();
                        return row.getString(1);
                    }
                }
            }
        };
    }

    @Override
    protected UploadStore open() throws IOException {
        return ObjectUploadStore.builder(client).claims(claims).build();
    }

    @Test
    void races_ofClaimsAtTwoHosts_oneWinnerEach() throws Exception {
        try (UploadStore one = open();
                UploadStore other = open()) {
            for (int race = 0; race < RACES; race++) {
                UploadId raced = UploadId.random();
                publish(one, raced, HOUR, "hello");
                List<Boolean> won = together(IntStream.range(0, 4)
                        .<Callable<Boolean>>mapToObj(
                                i -> () -> (i % 2 == 0 ? one : other).claim(raced, HOUR, Claim.of("order-" + i)))
                        .toList());
                assertThat(won).containsOnlyOnce(true);
                assertThat(other.claimOf(raced, HOUR)).contains(Claim.of("order-" + won.indexOf(true)));
            }
        }
    }
}
