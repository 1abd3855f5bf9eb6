package dev.lectern.experiment.process;

import java.util.Optional;

/**
 * Ends a child process when the process that started it is gone, however that ended: a process that
 * gets SIGKILL cannot end its children itself.
 */
public final class EndWithParent {
  /** What an option of the Java virtual machine starts with that names the parent. */
  static final String OPTION = "-Dlectern.parent=";

  private EndWithParent() {}

  /** The option that names this process as the parent of a process to be started. */
  static String option() {
    return OPTION + ProcessHandle.current().pid();
  }

  /**
   * Watches the parent where one is named; else does nothing. When it is gone, this process is cut
   * off at once: everything it writes counts only when complete.
   *
   * @param exitCode of the process then
   */
  public static void watch(int exitCode) {
    String parent = System.getProperty("lectern.parent");
    if (parent == null) {
      return;
    }
    // A parent that is gone already has left its children to another process.
    Optional<ProcessHandle> alive =
        ProcessHandle.current().parent().filter(p -> Long.toString(p.pid()).equals(parent));
    if (alive.isEmpty()) {
      Runtime.getRuntime().halt(exitCode);
    }
    alive.get().onExit().thenRun(() -> Runtime.getRuntime().halt(exitCode));
  }
}
