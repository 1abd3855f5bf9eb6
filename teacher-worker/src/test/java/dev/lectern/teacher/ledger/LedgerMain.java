package dev.lectern.teacher.ledger;

import dev.lectern.schemas.progress.Progress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Map;

/**
 * A ledger in a process of its own, for a test to kill. Arguments: bootstrap servers, recording,
 * state directory.
 */
final class LedgerMain {
  private LedgerMain() {}

  public static void main(String[] args) throws InterruptedException {
    LedgerConfig config =
        new LedgerConfig(
            args[1],
            Path.of(args[2]),
            LedgerConfig.Lifetime.UNTIL_SEALED,
            LedgerConfig.LocalState.KEEP,
            LedgerConfig.Empty.KEEP_OPEN);
    new LedgerApp(
            config,
            Map.of("bootstrap.servers", args[0]),
            Progress.silentFactory(),
            new SimpleMeterRegistry())
        .run();
  }
}
