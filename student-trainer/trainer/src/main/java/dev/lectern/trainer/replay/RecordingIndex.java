package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
  private static final Duration POLL = Duration.ofMillis(200);

  private final String recording;
  private final DatasetManifest dataset;
  private final SortedMap<String, IndexEntry> entries = new TreeMap<>();
  private final TableReader<String, Manifest> manifestReader;
  private final TableReader<String, IndexEntry> indexReader;
  private RecordingManifest manifest;
  private RuntimeException failure;
  private Thread follower;
  private volatile boolean closed;

  private RecordingIndex(
      String recording,
      DatasetManifest dataset,
      RecordingManifest manifest,
      TableReader<String, Manifest> manifestReader,
      TableReader<String, IndexEntry> indexReader) {
    this.recording = recording;
    this.dataset = dataset;
    this.manifest = manifest;
    this.manifestReader = manifestReader;
    this.indexReader = indexReader;
  }

  /**
   * Loads all that is recorded now.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such recording or no broker answers
   * @throws CorruptRecordingException if it mixes teachers or pixels, or a sealed one lacks entries
   */
  public static RecordingIndex open(Map<String, Object> kafka, String recording) {
    String what = "recording '" + recording + "'";
    TableReader<String, Manifest> manifests = TableReader.open(kafka, Topics.manifests(), what);
    TableReader<String, IndexEntry> index = null;
    try {
      Map<String, Manifest> latest = new TreeMap<>();
      manifests.readToEnd((name, manifest) -> keep(latest, name, manifest));
      if (!(latest.get(recording) instanceof Manifest.OfRecording found)) {
        throw new UserMistakeException(
            what
                + ": not found on "
                + kafka.get("bootstrap.servers")
                + "; known recordings: "
                + recordings(latest));
      }
      String datasetName = found.value().getDataset();
      if (!(latest.get(datasetName) instanceof Manifest.OfDataset dataset)) {
        throw new UserMistakeException(
            what
                + ": its dataset '"
                + datasetName
                + "' has no manifest; publish it to its end first");
      }
      index = TableReader.open(kafka, Topics.index(recording), what);
      RecordingIndex opened =
          new RecordingIndex(recording, dataset.value(), found.value(), manifests, index);
      index.readToEnd(opened::take);
      opened.check();
      if (!opened.isSealed()) {
        opened.follow();
      }
      return opened;
    } catch (RuntimeException e) {
      manifests.close();
      if (index != null) {
        index.close();
      }
      throw e;
    }
  }

  /** Loads the views of a dataset that were published so far, by view id. */
  public static SortedMap<String, CatalogEntry> catalog(Map<String, Object> kafka, String dataset) {
    SortedMap<String, CatalogEntry> entries = new TreeMap<>();
    try (TableReader<String, CatalogEntry> reader =
        TableReader.open(kafka, Topics.catalog(dataset), "dataset '" + dataset + "'")) {
      reader.readToEnd((viewId, entry) -> keep(entries, viewId, entry));
    }
    return entries;
  }

  /** The recording's manifest, as last heard. */
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
    SortedMap<String, IndexEntry> found = new TreeMap<>();
    entries.forEach(
        (viewId, entry) -> {
          if (entry.getView().getSplit().equals(split)) {
            found.put(viewId, entry);
          }
        });
    return found;
  }

  /**
   * Waits until a split has so many entries, or the recording is sealed.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public synchronized void await(String split, int count) throws InterruptedException {
    boolean told = false;
    while (!isSealed() && !closed && entries(split).size() < count) {
      if (!told) {
        told = true;
        LOG.info(
            "waiting for the open recording recording={} split={} recorded={} wanted={}",
            recording,
            split,
            entries(split).size(),
            count);
      }
      wait(POLL.toMillis());
    }
  }

  private synchronized void take(String viewId, IndexEntry entry) {
    if (entry == null) {
      entries.remove(viewId);
      return;
    }
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
    entries.put(viewId, entry);
    notifyAll();
  }

  private synchronized void check() {
    if (isSealed() && entries.size() != manifest.getRecorded()) {
      throw new CorruptRecordingException(
          "recording '"
              + recording
              + "': its index holds "
              + entries.size()
              + " views, its sealed manifest says "
              + manifest.getRecorded());
    }
  }

  private void follow() {
    follower =
        new Thread(
            () -> {
              try {
                while (!closed && !isSealed()) {
                  manifestReader.poll(Duration.ZERO, this::takeManifest);
                  indexReader.poll(POLL, this::take);
                }
                if (!closed) {
                  indexReader.readToEnd(this::take);
                  check();
                  LOG.info("recording was sealed recording={}", recording);
                }
              } catch (RuntimeException e) {
                fail(e);
              }
            },
            "lectern-index-" + recording);
    follower.setDaemon(true);
    follower.start();
  }

  private synchronized void takeManifest(String name, Manifest value) {
    if (name.equals(recording) && value instanceof Manifest.OfRecording changed) {
      manifest = changed.value();
      notifyAll();
    }
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
    notifyAll();
  }

  private void throwFailure() {
    if (failure != null) {
      throw new IllegalStateException(
          "recording '" + recording + "' can no longer be followed: " + failure.getMessage(),
          failure);
    }
  }

  private static <V> void keep(Map<String, V> latest, String key, V value) {
    if (value == null) {
      latest.remove(key);
    } else {
      latest.put(key, value);
    }
  }

  private static List<String> recordings(Map<String, Manifest> latest) {
    return latest.values().stream()
        .filter(Manifest.OfRecording.class::isInstance)
        .map(Manifest::name)
        .toList();
  }

  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    if (follower != null) {
      try {
        follower.join(10_000);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    manifestReader.close();
    indexReader.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
