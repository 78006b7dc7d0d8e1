import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** What JDBC sees, with its defaults and without compression. */
public class Facts {
  private static final String LATE = "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)";
  private static final String PARTNER = "SELECT b.m FROM (SELECT 1 AS n) AS a LEFT JOIN (SELECT 2 AS m) AS b ON a.n = b.m";

  public static void main(String[] args) throws Exception {
    String url = "jdbc:clickhouse://" + args[0] + ":" + args[1] + "/public";
    print("defaults", url);
    print("compress=false", url + "?compress=false");
  }

  private static void print(String mode, String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, new Properties()); Statement statement = connection.createStatement()) {
      try (ResultSet rows = statement.executeQuery("SELECT count() FROM orders")) {
        rows.next();
        System.out.println(mode + ": count " + rows.getLong(1));
      }
      try (ResultSet rows = statement.executeQuery("SELECT * FROM orders ORDER BY id")) {
        int streamed = 0;
        for (; rows.next(); streamed++) {
          if (streamed == 0) System.out.println(mode + ": first " + rows.getLong("id") + " " + (rows.getString("name") == null ? "NULL" : "?"));
        }
        System.out.println(mode + ": streamed " + streamed);
      }
      try (PreparedStatement prepared = connection.prepareStatement("SELECT toUInt8(?) + 1")) {
        prepared.setInt(1, 41);
        ResultSet rows = prepared.executeQuery();
        rows.next();
        System.out.println(mode + ": parameter " + rows.getInt(1));
      }
      try (ResultSet rows = statement.executeQuery(PARTNER)) {
        rows.next();
        System.out.println(mode + ": partner " + (rows.getObject(1) == null ? "NULL" : rows.getObject(1)));
      }
      catalog(mode, connection.getMetaData());
      try (ResultSet rows = statement.executeQuery("SELECT nope")) {
        System.out.println(mode + ": wrong passed");
      } catch (SQLException error) {
        System.out.println(mode + ": wrong " + error.getErrorCode());
      }
      try (ResultSet rows = statement.executeQuery(LATE)) {
        while (rows.next()) {}
        System.out.println(mode + ": late looked whole");
      } catch (SQLException error) {
        System.out.println(mode + ": late failed");
      }
    }
  }

  /** What a tool such as DBeaver asks before it shows anything. */
  private static void catalog(String mode, DatabaseMetaData data) throws SQLException {
    try (ResultSet tables = data.getTables(null, "public", "%", null)) {
      if (!tables.next() || !tables.getString("TABLE_NAME").equals("orders")) throw new SQLException(mode + ": the table is not listed");
    }
    try (ResultSet columns = data.getColumns(null, "public", "orders", "%")) {
      if (!columns.next() || !columns.getString("COLUMN_NAME").equals("id")) throw new SQLException(mode + ": the columns are not listed");
    }
  }
}
