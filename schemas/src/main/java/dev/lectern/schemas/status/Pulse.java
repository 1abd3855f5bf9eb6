package dev.lectern.schemas.status;

/** A process whose heartbeats are being sent; closing reports an orderly end. */
public interface Pulse extends AutoCloseable {
  /** Of a process that reports nothing. */
  Pulse SILENT =
      new Pulse() {
        @Override
        public void draining() {}

        @Override
        public void failed(Throwable cause) {}

        @Override
        public void close() {}
      };

  /** The process was asked to end and finishes its work in progress. */
  void draining();

  /** The process failed: its last status, sent by {@link #close()}, gives the cause. */
  void failed(Throwable cause);

  /** Sends the last status and ends; takes a few seconds at most. */
  @Override
  void close();
}
