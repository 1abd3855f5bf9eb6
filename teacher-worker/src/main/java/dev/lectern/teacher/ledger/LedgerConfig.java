package dev.lectern.teacher.ledger;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.List;

/** Settings of one ledger instance; every key but {@code recording} has a default. */
public record LedgerConfig(
    @Key(required = true, meaning = "the one to keep the ledger of") String recording,
    @Key(
            shownDefault = "lectern/ledger in $XDG_STATE_HOME or ~/.local/state",
            meaning = "folder of local state; instances on one host may share it")
        Path stateDir,
    @Key(meaning = "when to end") Lifetime lifetime,
    @Key(meaning = "what to do with the state that an earlier run left") LocalState localState,
    @Key(meaning = "what to do with a recording none of whose views could be recorded")
        Empty empty) {
  /** When an instance ends. */
  public enum Lifetime {
    /** Stays, idle once the recording is sealed, until it is stopped. */
    UNTIL_STOPPED,
    /** Ends when the recording is sealed. */
    UNTIL_SEALED
  }

  /** What happens to the state of an earlier run. */
  public enum LocalState {
    /** Continues from it. */
    KEEP,
    /** Wipes it; it is rebuilt from the broker. */
    RESET
  }

  /** What becomes of a recording of which every view was given up. */
  public enum Empty {
    /** Stays open, since something is wrong with its teacher. */
    KEEP_OPEN,
    /** Is sealed like any other. */
    SEAL
  }

  public LedgerConfig {
    Topics.checkedName(recording);
    stateDir = stateDir == null ? defaultStateDir() : stateDir;
  }

  /** Runs until stopped, on state in {@link #defaultStateDir()}. */
  public static LedgerConfig of(String recording) {
    return ConfigLoader.bind(
        "", List.of(ConfigLoader.setting("recording", recording)), LedgerConfig.class, "ledger");
  }

  /**
   * {@code lectern/ledger} below the user's state directory: {@code XDG_STATE_HOME}, or {@code
   * .local/state} in the home directory.
   */
  public static Path defaultStateDir() {
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state == null || state.isBlank()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return base.resolve("lectern").resolve("ledger");
  }
}
