package dev.lectern.teacher.ledger;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;

/**
 * Settings of one ledger instance; every key but {@code recording} has a default.
 *
 * @param recording name of the recording
 * @param stateDir directory for local state, made when absent; instances on one host may share it;
 *     by default {@link #defaultStateDir()}
 * @param lifetime when to end; by default when stopped
 * @param localState what to do with state that an earlier run left; by default it continues from it
 * @param empty what to do with a recording none of whose views could be recorded; by default it
 *     stays open
 */
public record LedgerConfig(
    String recording, Path stateDir, Lifetime lifetime, LocalState localState, Empty empty) {
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
    if (recording == null) {
      throw new UserMistakeException("recording: missing");
    }
    Topics.checkedName(recording);
    stateDir = stateDir == null ? defaultStateDir() : stateDir;
    lifetime = lifetime == null ? Lifetime.UNTIL_STOPPED : lifetime;
    localState = localState == null ? LocalState.KEEP : localState;
    empty = empty == null ? Empty.KEEP_OPEN : empty;
  }

  /** Runs until stopped, on state in {@link #defaultStateDir()}. */
  public static LedgerConfig of(String recording) {
    return new LedgerConfig(recording, null, null, null, null);
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
