package dev.lectern.broker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker and controller in one node, listening on the loopback interface, with its
 * data in a directory.
 *
 * <p>Opening the same directory again continues with the same cluster id, ports and topics. Not for
 * production: one node, no replication. Kafka's server classes are not a public API; everything
 * that touches them is in this class.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "127.0.0.1";
  private static final int NODE_ID = 1;
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private final KafkaRaftServer server;
  private final int port;
  private boolean open = true;

  private EmbeddedBroker(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /** Starts on a free port, or on the port that the directory used before. */
  public static EmbeddedBroker start(Path dataDir) {
    return start(dataDir, 0);
  }

  /**
   * Starts a broker and returns when it serves clients.
   *
   * @param dataDir made when absent
   * @param port client port; 0 means the one used before, or a free one
   * @throws IllegalStateException if the port is taken or the directory cannot be used
   */
  public static EmbeddedBroker start(Path dataDir, int port) {
    return start(dataDir, port, Map.of());
  }

  /** As {@link #start(Path, int)}, with broker settings that win over the defaults. */
  public static EmbeddedBroker start(Path dataDir, int port, Map<String, String> settings) {
    try {
      Files.createDirectories(dataDir);
      requireOwn(dataDir);
      Ports ports = Ports.of(dataDir, port);
      ports.check(dataDir);
      ports.store(dataDir);
      Map<String, String> properties = properties(dataDir, ports, settings);
      format(dataDir);
      KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
      server.startup();
      LOG.info("broker started bootstrapServers={}:{} dataDir={}", HOST, ports.client(), dataDir);
      return new EmbeddedBroker(server, ports.client());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "broker data directory " + dataDir + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** {@code host:port} for clients. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** Blocks until another thread closes the broker or it fails. */
  public void await() {
    server.awaitShutdown();
  }

  /** Shuts down cleanly; may be called more than once. */
  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      server.shutdown();
      server.awaitShutdown();
    }
  }

  private static Map<String, String> properties(
      Path dataDir, Ports ports, Map<String, String> settings) {
    Map<String, String> p = new HashMap<>();
    p.put("process.roles", "broker,controller");
    p.put("node.id", String.valueOf(NODE_ID));
    p.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + ports.controller());
    p.put(
        "listeners",
        "PLAINTEXT://"
            + HOST
            + ":"
            + ports.client()
            + ",CONTROLLER://"
            + HOST
            + ":"
            + ports.controller());
    p.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + ports.client());
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("inter.broker.listener.name", "PLAINTEXT");
    p.put("log.dirs", logDir(dataDir).toString());
    p.put("message.max.bytes", String.valueOf(MAX_MESSAGE_BYTES));
    p.put("auto.create.topics.enable", String.valueOf(false));
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("log.cleaner.dedupe.buffer.size", String.valueOf(8 << 20));
    for (String topic :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      p.put(topic + ".replication.factor", "1");
      if (!topic.equals("offsets.topic")) {
        p.put(topic + ".min.isr", "1");
      }
      p.put(topic + ".num.partitions", "4");
    }
    // A share group's dead worker is noticed after two missed heartbeats; the broker's default of 5
    // s is for large fleets.
    p.put("group.share.heartbeat.interval.ms", "500");
    p.put("group.share.min.heartbeat.interval.ms", "200");
    p.put("group.share.session.timeout.ms", "5000");
    p.put("group.share.min.session.timeout.ms", "1000");
    p.put("group.share.delivery.count.limit", "10");
    p.putAll(settings);
    return p;
  }

  /** A folder of the user's own that happens to be named here keeps its files. */
  private static void requireOwn(Path dataDir) throws IOException {
    Path ports = dataDir.resolve(Ports.FILE);
    if (Files.exists(ports)) {
      if (!Files.readString(ports).startsWith("#" + Ports.TITLE)) {
        throw foreign(ports);
      }
      return;
    }
    Path logs = logDir(dataDir);
    if (Files.isDirectory(logs) && !Files.exists(logs.resolve("meta.properties"))) {
      try (Stream<Path> content = Files.list(logs)) {
        if (content.findAny().isPresent()) {
          throw foreign(logs);
        }
      }
    }
  }

  private static IllegalStateException foreign(Path found) {
    return new IllegalStateException(
        found + ": found something that no broker made; choose another directory");
  }

  private static Path logDir(Path dataDir) {
    return dataDir.toAbsolutePath().resolve("logs");
  }

  private static void format(Path dataDir) throws IOException {
    Path logDir = logDir(dataDir);
    if (Files.exists(logDir.resolve("meta.properties"))) {
      return;
    }
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (PrintStream print = new PrintStream(output, true, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(print)
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .setDirectories(List.of(logDir.toString()))
          .setMetadataLogDirectory(logDir.toString())
          .setControllerListenerName("CONTROLLER")
          .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
          .setReleaseVersion(MetadataVersion.latestProduction())
          .run();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(
          "formatting failed: " + output.toString(StandardCharsets.UTF_8).strip(), e);
    }
  }

  /**
   * The two ports of a data directory, kept in it because the controller's address is part of the
   * cluster.
   */
  private record Ports(int client, int controller) {
    private static final String FILE = "ports.properties";
    private static final String TITLE = "ports of this broker";

    static Ports of(Path dataDir, int wanted) throws IOException {
      Path file = dataDir.resolve(FILE);
      Properties stored = new Properties();
      if (Files.exists(file)) {
        try (var in = Files.newInputStream(file)) {
          stored.load(in);
        }
      }
      int client = wanted != 0 ? wanted : port(stored, "client");
      int controller = port(stored, "controller");
      return new Ports(client, controller);
    }

    /** For the next start on the directory, once it is known that this one may have it. */
    void store(Path dataDir) throws IOException {
      Properties ports = new Properties();
      ports.setProperty("client", String.valueOf(client));
      ports.setProperty("controller", String.valueOf(controller));
      Path unfinished = Files.createTempFile(dataDir, FILE, ".tmp");
      try (var out = Files.newOutputStream(unfinished)) {
        ports.store(out, TITLE);
      }
      Files.move(unfinished, dataDir.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The controller's port is a directory's own, so whoever has it has the directory. */
    void check(Path dataDir) {
      if (isTaken(controller)) {
        throw new IllegalStateException(
            "broker data directory "
                + dataDir
                + " is in use by another broker (its port "
                + controller
                + " on "
                + HOST
                + " is taken); stop that one, or choose another directory");
      }
      if (isTaken(client)) {
        throw new IllegalStateException(
            "port " + client + " on " + HOST + " is taken: another broker is running");
      }
    }

    private static boolean isTaken(int port) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return false;
      } catch (IOException e) {
        LOG.debug("port {} cannot be listened on", port, e);
        return true;
      }
    }

    private static int port(Properties stored, String name) throws IOException {
      String value = stored.getProperty(name);
      if (value != null) {
        return Integer.parseInt(value);
      }
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      }
    }
  }
}
