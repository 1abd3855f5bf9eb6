package dev.lectern.teacher.recording;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The name of a worker in receipts, for people. */
final class WorkerName {
  private WorkerName() {}

  /** Host name and process id. */
  static String ofThisProcess() {
    long pid = ProcessHandle.current().pid();
    try {
      return InetAddress.getLocalHost().getHostName() + "-" + pid;
    } catch (UnknownHostException e) {
      return "localhost-" + pid;
    }
  }
}
