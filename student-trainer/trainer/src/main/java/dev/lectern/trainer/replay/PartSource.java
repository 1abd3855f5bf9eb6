package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.BrokerWait;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;

/**
 * The parts of views, from the store if it holds them, else from the log and into the store. Safe
 * for several threads; one at a time reads the log.
 */
final class PartSource implements AutoCloseable {
  private final ReplayStore store;
  private final Supplier<PartReader> readers;
  private final BrokerWait broker;
  private final StageClock clock = new StageClock();
  private PartReader reader;

  /**
   * @param store null to read from the log each time
   * @param readers makes the reader when the first part is not stored
   * @param broker waits while it is away
   */
  PartSource(ReplayStore store, Supplier<PartReader> readers, BrokerWait broker) {
    this.store = store;
    this.readers = readers;
    this.broker = broker;
  }

  /**
   * The bytes of each part, verified.
   *
   * @return in the order of the parts
   */
  List<ByteBuffer> read(List<PartLocation> wanted) {
    return read(wanted, part -> clock.time(StageClock.Stage.LOG, () -> readLog(part)));
  }

  /**
   * As {@link #read}, without the log.
   *
   * @return null if a part is not stored
   */
  List<ByteBuffer> readStored(List<PartLocation> wanted) {
    return read(wanted, part -> null);
  }

  private List<ByteBuffer> read(
      List<PartLocation> wanted, Function<PartLocation, ByteBuffer> unlessStored) {
    ByteBuffer[] found = new ByteBuffer[wanted.size()];
    for (int i = 0; i < found.length; i++) {
      PartLocation part = wanted.get(i);
      if (store != null) {
        found[i] =
            clock.time(
                StageClock.Stage.STORE,
                () -> store.read(part.viewId(), part.part(), part.fingerprint()));
      }
      if (found[i] == null) {
        found[i] = unlessStored.apply(part);
      }
      if (found[i] == null) {
        return null;
      }
    }
    return Arrays.asList(found);
  }

  /** Where the time of reading and decoding is added up. */
  StageClock clock() {
    return clock;
  }

  private synchronized ByteBuffer readLog(PartLocation part) {
    ByteBuffer bytes = ask(part);
    if (store != null) {
      store.append(part.viewId(), part.part(), part.fingerprint(), bytes);
    }
    return bytes;
  }

  private ByteBuffer ask(PartLocation part) {
    try {
      ByteBuffer bytes =
          broker.retry(
              () -> {
                if (reader == null) {
                  reader = readers.get();
                }
                return reader.readSingly(part);
              });
      if (bytes == null) {
        throw new CancellationException("stopped while no broker answered");
      }
      return bytes;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public synchronized void close() {
    if (reader != null) {
      reader.close();
    }
  }
}
