package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;

/**
 * Three Kafka nodes, brokers and controllers, each a process as Kafka's own scripts start it, with
 * the settings of {@code compose.three-nodes.yaml}.
 */
final class Cluster implements AutoCloseable {
  static final int NODES = 3;
  private static final String ID = "bGVjdGVybi1mYXVsdHMtMQ";

  private final Path dir;
  private final Map<Integer, Integer> clientPorts = new HashMap<>();
  private final Map<Integer, Integer> controllerPorts = new HashMap<>();
  private final Map<Integer, Child> nodes = new HashMap<>();

  private Cluster(Path dir) {
    this.dir = dir;
  }

  static Cluster start(Path dir) throws Exception {
    Cluster cluster = new Cluster(dir);
    for (int node = 1; node <= NODES; node++) {
      cluster.clientPorts.put(node, free());
      cluster.controllerPorts.put(node, free());
    }
    for (int node = 1; node <= NODES; node++) {
      Path settings = cluster.write(node);
      Child format =
          Child.startMain(
              dir, "kafka.tools.StorageTool", "format", "-t", ID, "-c", settings.toString());
      assertThat(format.await(Fleet.LONG)).as(format.output()).isZero();
    }
    for (int node = 1; node <= NODES; node++) {
      cluster.startNode(node);
    }
    Fleet.until(cluster::answers);
    return cluster;
  }

  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Path write(int node) throws IOException {
    String voters =
        IntStream.rangeClosed(1, NODES)
            .mapToObj(n -> n + "@127.0.0.1:" + controllerPorts.get(n))
            .collect(Collectors.joining(","));
    String client = "CLIENT://127.0.0.1:" + clientPorts.get(node);
    return Files.writeString(
        dir.resolve("node-" + node + ".properties"),
        """
        node.id=%d
        process.roles=broker,controller
        listeners=%s,CONTROLLER://127.0.0.1:%d
        advertised.listeners=%s
        listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
        controller.quorum.voters=%s
        controller.listener.names=CONTROLLER
        inter.broker.listener.name=CLIENT
        log.dirs=%s
        auto.create.topics.enable=false
        message.max.bytes=16777216
        replica.fetch.max.bytes=16777216
        default.replication.factor=3
        min.insync.replicas=2
        offsets.topic.replication.factor=3
        offsets.topic.num.partitions=4
        transaction.state.log.replication.factor=3
        transaction.state.log.min.isr=2
        transaction.state.log.num.partitions=4
        share.coordinator.state.topic.replication.factor=3
        share.coordinator.state.topic.min.isr=2
        share.coordinator.state.topic.num.partitions=4
        group.share.heartbeat.interval.ms=1000
        group.share.min.heartbeat.interval.ms=500
        group.share.session.timeout.ms=10000
        group.share.min.session.timeout.ms=5000
        group.share.delivery.count.limit=10
        group.initial.rebalance.delay.ms=0
        log.cleaner.dedupe.buffer.size=8388608
        quota.window.num=3
        """
            .formatted(
                node,
                client,
                controllerPorts.get(node),
                client,
                voters,
                dir.resolve("node-" + node)));
  }

  void startNode(int node) throws IOException {
    nodes.put(
        node,
        Child.startMain(
            dir, "kafka.Kafka", dir.resolve("node-" + node + ".properties").toString()));
  }

  Child node(int node) {
    return nodes.get(node);
  }

  String servers() {
    return clientPorts.values().stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(","));
  }

  private boolean answers() throws Exception {
    try (Admin admin = admin()) {
      return admin.describeCluster().nodes().get().size() == NODES;
    }
  }

  /** The node that takes what is written to a topic's first partition. */
  int leaderOf(String topic) throws Exception {
    try (Admin admin = admin()) {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .get(0)
          .leader()
          .id();
    }
  }

  /** Waits until each record has its three copies. */
  void awaitAllInSync() {
    Fleet.until(
        () -> {
          try (Admin admin = admin()) {
            List<String> topics = List.copyOf(admin.listTopics().names().get());
            for (TopicDescription topic :
                admin.describeTopics(topics).allTopicNames().get().values()) {
              if (topic.partitions().stream().anyMatch(p -> p.isr().size() < NODES)) {
                return false;
              }
            }
            return true;
          }
        });
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", servers()));
  }

  @Override
  public void close() {
    nodes.values().forEach(Child::close);
  }
}
