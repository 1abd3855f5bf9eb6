package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.schemas.topic.Topics;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bad network between broker and roles: what is published, recorded and sealed through it is what
 * is recorded without it.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(1800)
class NetworkIT {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkIT.class);
  private static final int VIEWS_PER_IMAGE = 10;

  @TempDir private static Path dir;
  private FaultyNetwork network;
  private Fleet fleet;
  private String digest;

  /** What the network does while roles work. */
  private enum Fault {
    /** An answer takes 200 ms more each way. */
    SLOW_ANSWERS {
      @Override
      void inflict(FaultyNetwork network, Random random) throws InterruptedException {
        network.delay(200);
        Thread.sleep(20_000);
        network.delay(0);
      }
    },
    /** Every connection is cut about every second, some in the middle of a record. */
    CUT_CONNECTIONS {
      @Override
      void inflict(FaultyNetwork network, Random random) throws InterruptedException {
        for (int i = 0; i < 20; i++) {
          Thread.sleep(200 + random.nextInt(1_500));
          network.cut();
        }
      }
    },
    /** Nothing passes, and nobody is told: a firewall that forgot the connections. */
    SILENCE {
      @Override
      void inflict(FaultyNetwork network, Random random) throws InterruptedException {
        network.hold(true);
        Thread.sleep(50_000);
        network.hold(false);
      }
    },
    /** Silence after which every connection that stood before is dead. */
    SILENCE_AND_CUT {
      @Override
      void inflict(FaultyNetwork network, Random random) throws InterruptedException {
        network.hold(true);
        Thread.sleep(35_000);
        network.cut();
        network.hold(false);
      }
    };

    abstract void inflict(FaultyNetwork network, Random random) throws InterruptedException;
  }

  @BeforeAll
  void recordOnce() throws Exception {
    int client = free();
    int between = free();
    int controller = free();
    network = FaultyNetwork.before(client);
    String own = "INTERNAL://127.0.0.1:" + between;
    Fleet direct =
        Fleet.start(
            dir,
            10,
            64,
            "listeners=PLAINTEXT://127.0.0.1:%d,%s,CONTROLLER://127.0.0.1:%d"
                .formatted(client, own, controller),
            "advertised.listeners=PLAINTEXT://127.0.0.1:" + network.port() + "," + own,
            "listener.security.protocol.map="
                + "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.quorum.voters=1@127.0.0.1:" + controller,
            "inter.broker.listener.name=INTERNAL");
    fleet = direct.through("127.0.0.1:" + network.port());
    fleet.done(fleet.publishing("mini", VIEWS_PER_IMAGE));
    fleet.record("mini", "untouched");
    digest = fleet.digest("untouched");
    LOG.info("seed={}", Points.SEED);
  }

  private static int free() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  void stop() throws Exception {
    Recovery.summarize();
    fleet.close();
    network.close();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSealedIsWhatComesThroughAGoodNetwork(Fault fault) throws Exception {
    String name = fault.name().toLowerCase(Locale.ROOT).replace('_', '-');
    fleet.slow(name + "-data", 20_000);
    fleet.slow("worker-" + name, 8_000);
    try (Child publish = fleet.start(fleet.publishing(name + "-data", 4 * VIEWS_PER_IMAGE));
        Child ledger = fleet.start(fleet.keeping(name));
        Child worker = fleet.start(fleet.teaching("mini", name, "worker-" + name))) {
      Fleet.until(
          () -> fleet.receipts(name) >= 5 && fleet.records(Topics.catalog(name + "-data")) >= 5,
          publish,
          ledger,
          worker);
      fault.inflict(network, Points.random(fault.ordinal()));
      long over = System.nanoTime();
      long before = fleet.receipts(name);
      Fleet.until(() -> fleet.receipts(name) > before || !worker.isAlive());
      Recovery.took("network: " + name, "teach", over);
      fleet.slow(name + "-data", 0);
      fleet.slow("worker-" + name, 0);
      fleet.ends(worker);
      fleet.ends(ledger);
      fleet.ends(publish);
    }
    fleet.assertUnharmed(name, digest);
    fleet.record(name + "-data", name + "-again");
    assertThat(fleet.done(List.of("recordings", "verify", name + "-again")).out())
        .contains(4 * VIEWS_PER_IMAGE * fleet.pictures() + " views", ": sound");
  }
}
