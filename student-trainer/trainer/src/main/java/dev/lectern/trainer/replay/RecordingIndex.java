package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.IndexEntries;
import dev.lectern.schemas.log.IndexReader;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a recording holds, as the ledger and the manifests say: loaded when it is opened, and
 * followed by a thread of its own for as long as the recording is open. Thread-safe.
 *
 * <p>An entry whose teacher is not the manifest's, or whose teacher saw other pixels than the
 * view's, is refused: a recording is one teacher's view of one dataset.
 */
public final class RecordingIndex implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingIndex.class);
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final Map<String, Object> kafka;
  private final String recording;
  private final BrokerWait broker;
  private final ManifestStore manifests;
  private final IndexReader reader;
  private final DatasetManifest dataset;
  private final Map<String, IndexEntries> bySplit = new TreeMap<>();
  private RecordingManifest manifest;
  private RuntimeException failure;
  private Thread follower;
  private boolean closed;

  private RecordingIndex(Map<String, Object> kafka, String recording) {
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

  /**
   * Loads all that is recorded now.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such recording or no broker answers
   * @throws CorruptRecordingException if it mixes teachers or pixels, or a sealed one is not what
   *     was sealed
   */
  public static RecordingIndex open(Map<String, Object> kafka, String recording) {
    try {
      return new RecordingIndex(kafka, recording);
    } catch (TimeoutException e) {
      throw unreachable(kafka, e);
    }
  }

  /**
   * Loads the views of a dataset, by view id: of a sealed one those that were sealed, of an open
   * one those that were published so far.
   *
   * @throws CorruptRecordingException if a sealed catalog is not what was sealed
   */
  public static SortedMap<String, CatalogEntry> catalog(Map<String, Object> kafka, String dataset) {
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      return Catalog.read(kafka, manifests.requireDataset(dataset));
    }
  }

  private static UserMistakeException unreachable(Map<String, Object> kafka, TimeoutException e) {
    return new UserMistakeException(
        "no Kafka broker answers at " + kafka.get("bootstrap.servers"), e);
  }

  /** The recording's manifest, as last read. */
  public synchronized RecordingManifest manifest() {
    throwFailure();
    return manifest;
  }

  public DatasetManifest dataset() {
    return dataset;
  }

  /** Whether nothing will be added. */
  public synchronized boolean isSealed() {
    throwFailure();
    return manifest.getState() == State.SEALED;
  }

  /** The entries of a split recorded so far, by view id. */
  public synchronized SortedMap<String, IndexEntry> entries(String split) {
    throwFailure();
    IndexEntries entries = bySplit.getOrDefault(split, new IndexEntries());
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
        sealed.forEach((viewId, entry) -> take(viewId, entry, sealed));
        manifest = latest;
      }
      return;
    }
    Set<String> changed = reader.refresh();
    synchronized (this) {
      IndexEntries read = reader.entries();
      for (String viewId : changed) {
        bySplit.values().forEach(entries -> entries.drop(viewId));
        IndexEntry entry = read.get(viewId);
        if (entry != null) {
          take(viewId, entry, read);
        }
      }
      manifest = latest;
    }
  }

  private void take(String viewId, IndexEntry entry, IndexEntries read) {
    if (!entry.getReceipt().getTeacherId().equals(manifest.getTeacherId())) {
      throw new CorruptRecordingException(
          "recording '"
              + recording
              + "' mixes teachers: view "
              + viewId
              + " is from "
              + entry.getReceipt().getTeacherId()
              + ", the manifest says "
              + manifest.getTeacherId());
    }
    if (!entry.getReceipt().getPixelsSha256().equals(entry.getView().getPixelsSha256())) {
      throw new CorruptRecordingException(
          "recording '"
              + recording
              + "': the teacher saw other pixels than those of view "
              + viewId);
    }
    bySplit
        .computeIfAbsent(entry.getView().getSplit(), split -> new IndexEntries())
        .share(viewId, read);
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
