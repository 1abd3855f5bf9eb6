package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.lectern.broker.EmbeddedBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plaintext client is not sent to a port that speaks something else. */
class PortProbeTest {
  @TempDir private Path dir;

  @Test
  void aWebServerIsNamed() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.start();
    try {
      refused(server.getAddress().getPort(), "found a web server (HTTP), expected a Kafka broker");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aTlsPortIsNamed() throws Exception {
    try (Answering tls =
        new Answering(
            socket -> {
              SSLSocket secured =
                  (SSLSocket)
                      SSLContext.getDefault()
                          .getSocketFactory()
                          .createSocket(socket, null, socket.getPort(), false);
              secured.setUseClientMode(false);
              secured.startHandshake();
            })) {
      refused(tls.port(), "found a port that speaks TLS", "security.protocol=SSL");
    }
  }

  @Test
  void anythingElseIsShown() throws Exception {
    try (Answering ssh =
        new Answering(
            socket ->
                socket.getOutputStream().write("SSH-2.0-x\r\n".getBytes(StandardCharsets.UTF_8)))) {
      refused(ssh.port(), "does not speak Kafka's protocol (it answers 'SSH-2')");
    }
  }

  @Test
  void aBrokerPasses() {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      CommandRun run =
          CommandRun.of("recordings", "list", "--bootstrap-servers", broker.bootstrapServers());

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(PortProbe.advertised(Map.of("bootstrap.servers", broker.bootstrapServers())))
          .containsExactly(broker.bootstrapServers());
    }
  }

  @Test
  void aTlsClientAtAPlaintextBrokerIsToldSo() {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      CommandRun run =
          CommandRun.of(
              "recordings",
              "list",
              "--bootstrap-servers",
              broker.bootstrapServers(),
              "--broker-timeout",
              "3",
              "--kafka",
              "security.protocol=SSL");

      assertThat(run.exitCode()).isNotZero();
      assertThat(run.err())
          .contains("answers there in plaintext, but the client is to speak TLS; give --kafka");
    }
  }

  @Test
  void aBrokerThatSendsItsClientsElsewhereIsNamed() {
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(dir, 0, Map.of("advertised.listeners", "PLAINTEXT://127.0.0.1:1"))) {
      CommandRun run =
          CommandRun.of(
              "recordings",
              "list",
              "--broker-timeout=2",
              "--bootstrap-servers=" + broker.bootstrapServers());

      assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.FAILED);
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.err())
          .contains(broker.bootstrapServers(), "sends its clients to 127.0.0.1:1")
          .contains("mend advertised.listeners");
    }
  }

  private static void refused(int port, String... parts) {
    long memory = Runtime.getRuntime().totalMemory();
    CommandRun run =
        CommandRun.of("recordings", "list", "--bootstrap-servers", "127.0.0.1:" + port);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("127.0.0.1:" + port).contains(parts);
    assertThat(Runtime.getRuntime().totalMemory() - memory).isLessThan(200L << 20);
  }

  /** What a server does with a connection. */
  private interface Conversation {
    void hold(Socket socket) throws Exception;
  }

  /** A server that holds one conversation with whoever connects. */
  private static final class Answering implements AutoCloseable {
    private final ServerSocket server;

    Answering(Conversation conversation) throws IOException {
      server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(() -> serve(conversation), "answering");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(Conversation conversation) {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          conversation.hold(socket);
          socket.getInputStream().readNBytes(10_000);
        } catch (Exception e) {
          // The next one may talk better.
        }
      }
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
