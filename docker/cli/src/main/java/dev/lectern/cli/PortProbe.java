package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.utils.Utils;

/**
 * Asks what a port speaks before a plaintext Kafka client is sent there. Such a client takes the
 * first four bytes of any answer for the size of a record, and of a TLS or a web server they are
 * hundreds of megabytes.
 *
 * <p>It sends the question that every Kafka client begins with, ApiVersions, and looks at the first
 * bytes of the answer. A port that does not answer in time is left to the client. Of a client that
 * is to speak TLS it asks only when nobody answered, whether a broker speaks plaintext there.
 */
final class PortProbe {
  private static final int CONNECT_MS = 2_000;
  private static final int ANSWER_MS = 3_000;
  private static final int FIRST_BYTES = 5;
  private static final int CORRELATION = 0x4c454354;

  /** An answer to ApiVersions has some 700 bytes. */
  private static final int MAX_ANSWER = 1 << 20;

  /** Content type of a TLS record: alert, handshake. */
  private static final byte[] TLS_TYPES = {21, 22};

  private PortProbe() {}

  /**
   * Looks at each bootstrap server, if the client is to speak plaintext.
   *
   * @param kafka client properties with {@code bootstrap.servers}
   * @throws UserMistakeException if a port speaks something else
   */
  static void check(Map<String, ?> kafka) {
    if (isToSpeakTls(kafka)) {
      return;
    }
    for (Server server : servers(kafka)) {
      String found = otherProtocol(server);
      if (found != null) {
        throw new UserMistakeException(server.asGiven() + ": " + found);
      }
    }
  }

  /** Whether the client's settings say TLS. */
  static boolean isToSpeakTls(Map<String, ?> kafka) {
    Object protocol = kafka.get(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG);
    return protocol != null && protocol.toString().toUpperCase(Locale.ROOT).contains("SSL");
  }

  /**
   * How the brokers behind the first bootstrap server that answers call themselves, {@code
   * host:port}: clients go there next. Empty if the client is not to speak plaintext, or no server
   * answers.
   */
  static List<String> advertised(Map<String, ?> kafka) {
    Object protocol = kafka.get(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG);
    if (protocol != null && !protocol.toString().equalsIgnoreCase("PLAINTEXT")) {
      return List.of();
    }
    return servers(kafka).stream()
        .map(PortProbe::brokers)
        .filter(brokers -> !brokers.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  /** Whether a Kafka broker answers in plaintext behind one of the bootstrap servers. */
  static boolean answersInPlaintext(Map<String, ?> kafka) {
    return servers(kafka).stream().anyMatch(PortProbe::answersInPlaintext);
  }

  private record Server(String asGiven, String host, int port) {
    Socket connect() throws IOException {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(host, port), CONNECT_MS);
        socket.setSoTimeout(ANSWER_MS);
        return socket;
      } catch (IOException | IllegalArgumentException e) {
        socket.close();
        throw e;
      }
    }
  }

  /** The bootstrap servers; Kafka's client says what is wrong with those that are no addresses. */
  private static List<Server> servers(Map<String, ?> kafka) {
    List<Server> servers = new ArrayList<>();
    String given = String.valueOf(kafka.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
    for (String server : given.split(",")) {
      String host = Utils.getHost(server.strip());
      Integer port = Utils.getPort(server.strip());
      if (host != null && port != null) {
        servers.add(new Server(server.strip(), host, port));
      }
    }
    return servers;
  }

  private static boolean answersInPlaintext(Server server) {
    try (Socket socket = server.connect()) {
      socket.getOutputStream().write(apiVersions());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      return in.readInt() <= MAX_ANSWER && in.readInt() == CORRELATION;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  private static List<String> brokers(Server server) {
    try (Socket socket = server.connect()) {
      // Metadata, version 1, of no topics.
      socket
          .getOutputStream()
          .write(
              request((short) 3, (short) 1, ByteBuffer.allocate(Integer.BYTES).putInt(0).array()));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int size = in.readInt();
      if (size < 2 * Integer.BYTES || size > MAX_ANSWER || in.readInt() != CORRELATION) {
        return List.of();
      }
      List<String> brokers = new ArrayList<>();
      for (int count = in.readInt(); brokers.size() < count; ) {
        in.readInt(); // the node's id
        brokers.add(in.readUTF() + ":" + in.readInt());
        in.skipNBytes(Math.max(0, in.readShort())); // the rack
      }
      return brokers;
    } catch (IOException | IllegalArgumentException e) {
      return List.of();
    }
  }

  /** What the port speaks if it is not Kafka's plaintext; null if it is, or does not say. */
  private static String otherProtocol(Server server) {
    try (Socket socket = server.connect()) {
      socket.getOutputStream().write(apiVersions());
      byte[] first = first(socket);
      if (first.length == 0) {
        // A web server waits for the end of a line.
        socket.getOutputStream().write("\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        first = first(socket);
      }
      return otherProtocol(first);
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static byte[] first(Socket socket) throws IOException {
    byte[] first = new byte[FIRST_BYTES];
    int length = 0;
    try {
      for (int read = 0; read >= 0 && length < first.length; length += Math.max(0, read)) {
        read = socket.getInputStream().read(first, length, first.length - length);
      }
    } catch (SocketTimeoutException e) {
      return Arrays.copyOf(first, length);
    }
    return Arrays.copyOf(first, length);
  }

  private static String otherProtocol(byte[] first) {
    String text = new String(first, StandardCharsets.US_ASCII);
    if (text.startsWith("HTTP")) {
      return "found a web server (HTTP), expected a Kafka broker; give the broker's port";
    }
    if (first.length >= 3
        && (first[0] == TLS_TYPES[0] || first[0] == TLS_TYPES[1])
        && first[1] == 3
        && first[2] <= 4) {
      return "found a port that speaks TLS, but the client is to speak plaintext; give --kafka"
          + " security.protocol=SSL (or SASL_SSL), or the broker's plaintext port";
    }
    if (first.length >= Integer.BYTES) {
      int size = ByteBuffer.wrap(first).getInt();
      if (size < Integer.BYTES || size > MAX_ANSWER) {
        return "found a server that does not speak Kafka's protocol (it answers '"
            + text.replaceAll("[^ -~]", "?")
            + "'), expected a Kafka broker; give the broker's port";
      }
    }
    return null;
  }

  /** ApiVersions, version 0. */
  private static byte[] apiVersions() {
    return request((short) 18, (short) 0, new byte[0]);
  }

  /** A request without a client id. */
  private static byte[] request(short api, short version, byte[] body) {
    short noClientId = -1;
    int size = 3 * Short.BYTES + Integer.BYTES + body.length;
    return ByteBuffer.allocate(Integer.BYTES + size)
        .putInt(size)
        .putShort(api)
        .putShort(version)
        .putInt(CORRELATION)
        .putShort(noClientId)
        .put(body)
        .array();
  }
}
