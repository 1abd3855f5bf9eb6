package dev.lectern.cli.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port before another one of this machine, which can delay bytes, hold them back and cut
 * connections.
 *
 * <p>Toxiproxy is a program of its own that builds would have to install, and proxies for Java
 * speak HTTP or Kafka; passing bytes on takes a page.
 */
final class FaultyNetwork implements AutoCloseable {
  private final ServerSocket door;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile long delay;
  private boolean held;

  private FaultyNetwork(ServerSocket door, int target) {
    this.door = door;
    this.target = target;
  }

  static FaultyNetwork before(int target) throws IOException {
    ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    FaultyNetwork network = new FaultyNetwork(door, target);
    network.run("door", network::accept);
    return network;
  }

  int port() {
    return door.getLocalPort();
  }

  /** Milliseconds that each portion of bytes takes longer, in either direction. */
  void delay(long millis) {
    delay = millis;
  }

  /** From now on nothing passes, or everything again; connections stand. */
  synchronized void hold(boolean all) {
    held = all;
    notifyAll();
  }

  /** Resets every connection, whatever it carries. */
  void cut() {
    sockets.forEach(FaultyNetwork::reset);
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = door.accept();
      try {
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(server);
        run("to broker", () -> pass(client, server));
        run("to client", () -> pass(server, client));
      } catch (IOException e) {
        reset(client); // As a port that nobody listens on.
      }
    }
  }

  private void pass(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[1 << 14];
      for (int n = in.read(bytes); n > 0; n = in.read(bytes)) {
        if (delay > 0) {
          Thread.sleep(delay);
        }
        awaitFree();
        out.write(bytes, 0, n);
      }
    } catch (IOException e) {
      // Either side ended the connection, or it was cut.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(from, to);
    }
  }

  private synchronized void awaitFree() throws InterruptedException {
    while (held) {
      wait();
    }
  }

  private void close(Socket one, Socket other) {
    reset(one);
    reset(other);
    sockets.remove(one);
    sockets.remove(other);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // Closed already.
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void run(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The door is closed.
              }
            },
            "network " + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
