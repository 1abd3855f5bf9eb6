package dev.lectern.cli;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.RecordingDeletion;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.ledger.LedgerConfig;
import dev.lectern.teacher.ledger.LedgerState;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lectern recordings delete}. */
@Command(
    name = "delete",
    description = "Delete a recording with all its topics. There is no way back.")
final class RecordingsDeleteCommand extends RecordingQuery {
  @Parameters(paramLabel = "RECORDING", description = "Its name.")
  private String name;

  @Option(names = "--yes", description = "Required: says that you mean it.")
  private boolean yes;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description =
          "Where its ledger kept its local state, which goes too. Default: lectern/ledger in"
              + " $XDG_STATE_HOME or ~/.local/state")
  private Path stateDir;

  @Override
  void check() {
    if (!yes) {
      throw new UserMistakeException(
          "recordings delete " + name + ": add --yes to delete it for good");
    }
  }

  @Override
  int run(Map<String, Object> kafka, PrintWriter out) throws InterruptedException {
    Optional<Uuid> receipts;
    try (Admin admin = Admin.create(kafka)) {
      receipts = TopicCreation.id(admin, Topics.receipts(name).name());
    }
    // First, while the topic still tells which folder it is; a ledger can make it again.
    Path states = stateDir == null ? LedgerConfig.defaultStateDir() : stateDir;
    receipts.ifPresent(id -> LedgerState.delete(states, name, id));
    RecordingDeletion.delete(kafka, name);
    out.println("deleted " + name);
    return ExitCode.DONE;
  }
}
