package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.IndexEntries;
import dev.lectern.schemas.log.IndexReader;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of a recording on Kafka, as ledger and manifests say: loaded when it is opened, and
 * followed by a thread of its own for as long as the recording is open.
 */
final class LogIndex implements RecordingIndex {
  private static final Logger LOG = LoggerFactory.getLogger(LogIndex.class);
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final Map<String, Object> kafka;
  private final String recording;
  private final BrokerWait broker;
  private final ManifestStore manifests;
  private final IndexReader reader;
  private final DatasetManifest dataset;
  private final EntriesBySplit bySplit = new EntriesBySplit();
  private RecordingManifest manifest;
  private RuntimeException failure;
  private Thread follower;
  private boolean closed;

  private LogIndex(Map<String, Object> kafka, String recording) {
    this.kafka = Map.copyOf(kafka);
    this.recording = recording;
    this.broker = BrokerWait.of(kafka);
    this.manifests = new ManifestStore(kafka);
    this.reader = new IndexReader(kafka, recording);
    try {
      this.manifest = manifests.requireRecording(recording);
      this.dataset = manifests.requireDataset(manifest.getDataset());
      refresh();
      if (!isSealed()) {
        follow();
      }
    } catch (RuntimeException e) {
      closeReaders();
      throw e;
    }
  }

  static LogIndex open(Map<String, Object> kafka, String recording) {
    try {
      return new LogIndex(kafka, recording);
    } catch (TimeoutException e) {
      throw unreachable(kafka, e);
    }
  }

  private static UserMistakeException unreachable(Map<String, Object> kafka, TimeoutException e) {
    return new UserMistakeException(
        "no Kafka broker answers at " + kafka.get("bootstrap.servers"), e);
  }

  @Override
  public synchronized RecordingManifest manifest() {
    throwFailure();
    return manifest;
  }

  @Override
  public DatasetManifest dataset() {
    return dataset;
  }

  @Override
  public synchronized boolean isSealed() {
    throwFailure();
    return manifest.getState() == State.SEALED;
  }

  @Override
  public synchronized SortedMap<String, IndexEntry> entries(String split) {
    throwFailure();
    IndexEntries entries = bySplit.of(split);
    return isSealed() ? entries : entries.snapshot();
  }

  /**
   * Reads what was added. The manifest comes first: once it is sealed, the index is read anew,
   * exactly as far as it was sealed.
   */
  private void refresh() {
    RecordingManifest latest = manifests.requireRecording(recording);
    if (latest.getState() == State.SEALED) {
      IndexEntries sealed = Index.read(kafka, latest);
      synchronized (this) {
        bySplit.clear();
        sealed.forEach((viewId, entry) -> bySplit.take(manifest, viewId, entry, sealed));
        manifest = latest;
      }
      return;
    }
    Set<String> changed = reader.refresh();
    synchronized (this) {
      IndexEntries read = reader.entries();
      for (String viewId : changed) {
        bySplit.drop(viewId);
        IndexEntry entry = read.get(viewId);
        if (entry != null) {
          bySplit.take(manifest, viewId, entry, read);
        }
      }
      manifest = latest;
    }
  }

  private void follow() {
    follower =
        new Thread(
            () -> {
              try {
                while (pauseUnlessClosed() && !isSealed()) {
                  broker.retry(
                      () -> {
                        refresh();
                        return true;
                      });
                }
              } catch (InterruptedException e) {
                LOG.debug("following the recording was stopped", e);
              } catch (RuntimeException e) {
                fail(e);
              }
            },
            "lectern-index-" + recording);
    follower.setDaemon(true);
    follower.start();
  }

  private synchronized boolean pauseUnlessClosed() throws InterruptedException {
    if (!closed) {
      wait(PAUSE.toMillis());
    }
    return !closed;
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
  }

  private void throwFailure() {
    if (failure != null) {
      throw new IllegalStateException(
          "recording '" + recording + "' can no longer be followed: " + failure.getMessage(),
          failure);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    broker.stop();
    if (follower != null) {
      try {
        follower.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    closeReaders();
  }

  private void closeReaders() {
    manifests.close();
    reader.close();
  }
}
