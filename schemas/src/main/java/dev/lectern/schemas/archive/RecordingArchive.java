package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorUpgrade;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.IndexEntries;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.RecordingDigest;
import dev.lectern.schemas.record.ArchivePlace;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroLimits;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * A complete archive, in a folder or behind an address: everything but pixels and payloads in
 * memory, about 1 KB per view.
 *
 * <p>Opening it shows that files and digest of the recording agree; views and payloads show it as
 * they are read, in sequence or each by itself. Thread-safe.
 */
public final class RecordingArchive implements ViewArchive {
  static {
    // A reader looks at what it may instantiate when it is made.
    AvroLimits.apply();
  }

  private final ArchiveStorage storage;
  private final ArchiveSums sums;
  private final RecordingManifest recording;
  private final DatasetManifest dataset;
  private final IndexEntries index;
  private final SortedMap<String, DeadLetter> deadLetters;
  private final Map<TensorKind, PlacedRecords<TeacherTensors>> payloads =
      new EnumMap<>(TensorKind.class);
  private SortedMap<String, CatalogEntry> catalog;
  private PlacedRecords<View> views;

  private RecordingArchive(ArchiveStorage storage) {
    this.storage = storage;
    this.sums = ArchiveSums.read(storage);
    this.recording = single(ArchiveFiles.RECORDING, DescriptorUpgrade.manifestReader());
    this.dataset = single(ArchiveFiles.DATASET, new SpecificDatumReader<>(DatasetManifest.class));
    this.index = new IndexEntries();
    each(ArchiveFiles.INDEX, IndexEntry.class, index::add);
    this.deadLetters = byView(ArchiveFiles.DEAD_LETTERS, DeadLetter.class, DeadLetter::getViewId);
  }

  /**
   * @throws UserMistakeException if the folder is not an archive, or not a complete one
   * @throws ArchiveException if it is damaged
   */
  static RecordingArchive open(Path folder) {
    return open(new FolderStorage(folder));
  }

  /**
   * Opens an archive whose views and payloads can be read each by itself.
   *
   * @param where its folder, or the {@code http} or {@code https} address of that
   * @throws UserMistakeException if there is no archive, not a complete one, or an older one that
   *     does not say where in its files each view lies
   * @throws ArchiveException if it is damaged, or its server does not answer
   */
  public static RecordingArchive openPlaced(String where) {
    RecordingArchive archive = open(ArchiveStorage.of(where));
    archive.readPlaces();
    return archive;
  }

  private static RecordingArchive open(ArchiveStorage storage) {
    RecordingArchive archive = new RecordingArchive(storage);
    RecordingManifest manifest = archive.recording;
    String digest =
        RecordingDigest.of(
            manifest.getTeacherId(), manifest.getEncodings(), archive.index.values());
    if (!digest.equals(manifest.getDigest())) {
      throw new ArchiveException(
          storage.describe(ArchiveFiles.INDEX)
              + ": found digest "
              + digest
              + ", expected "
              + manifest.getDigest());
    }
    for (KindEncoding encoding : manifest.getEncodings()) {
      archive.sums.of(ArchiveFiles.payloads(encoding.getKind()));
    }
    return archive;
  }

  public RecordingManifest recording() {
    return recording;
  }

  @Override
  public DatasetManifest dataset() {
    return dataset;
  }

  /** By view id. */
  public IndexEntries index() {
    return index;
  }

  /** By view id. */
  public SortedMap<String, DeadLetter> deadLetters() {
    return deadLetters;
  }

  /** The kinds of the recording, in the order of its manifest. */
  public List<TensorKind> kinds() {
    return recording.getEncodings().stream().map(KindEncoding::getKind).toList();
  }

  @Override
  public boolean hasViews() {
    return sums.has(ArchiveFiles.VIEWS);
  }

  /** Every view of the dataset, by id; of an archive that was opened with its places. */
  public SortedMap<String, CatalogEntry> catalog() {
    return catalog;
  }

  /** One view, by itself. */
  public View view(String viewId) {
    return only(viewId, views.read(viewId));
  }

  /** Some views, in the order of the file. */
  public void views(Collection<String> viewIds, Consumer<View> sink) {
    views.read(viewIds, (viewId, records) -> sink.accept(only(viewId, records)));
  }

  private View only(String viewId, List<View> records) {
    if (records.size() != 1 || !records.get(0).getViewId().equals(viewId)) {
      throw new ArchiveException(
          views.file() + ": found other records at the place of view " + viewId);
    }
    return records.get(0);
  }

  /**
   * One payload, by itself: a tensor container, from position to limit, that has the SHA-256 of its
   * receipt.
   */
  public ByteBuffer payload(String viewId, TensorKind kind) {
    return payload(viewId, kind, payloads.get(kind).read(viewId));
  }

  /** Some payloads of a kind, in the order of the file. */
  public void payloads(
      Collection<String> viewIds, TensorKind kind, BiConsumer<String, ByteBuffer> sink) {
    payloads
        .get(kind)
        .read(viewIds, (viewId, records) -> sink.accept(viewId, payload(viewId, kind, records)));
  }

  private ByteBuffer payload(String viewId, TensorKind kind, List<TeacherTensors> records) {
    String file = payloads.get(kind).file();
    Iterator<TeacherTensors> chunks = records.iterator();
    if (!chunks.hasNext()) {
      throw new ArchiveException(file + ": found no payload at the place of view " + viewId);
    }
    Receipt receipt = index.get(viewId).getReceipt();
    return PayloadSource.whole(
            file,
            receipt,
            PayloadReader.location(receipt, kind),
            chunks.next(),
            () -> chunks.hasNext() ? chunks.next() : null)
        .bytes();
  }

  private void readPlaces() {
    if (!sums.has(ArchiveFiles.PLACES) || !sums.has(ArchiveFiles.CATALOG)) {
      throw new UserMistakeException(
          storage.describe(ArchiveFiles.SUMS)
              + ": found no "
              + ArchiveFiles.PLACES
              + ", so the archive was exported by an older version; import it ('lectern recordings"
              + " import') and export it again");
    }
    catalog = byView(ArchiveFiles.CATALOG, CatalogEntry.class, CatalogEntry::getViewId);
    String digest = DatasetDigest.ofCatalog(catalog);
    if (!digest.equals(dataset.getDigest())) {
      throw new ArchiveException(
          storage.describe(ArchiveFiles.CATALOG)
              + ": found digest "
              + digest
              + ", expected "
              + dataset.getDigest());
    }
    Map<String, Map<String, ArchivePlace>> places = new HashMap<>();
    each(
        ArchiveFiles.PLACES,
        ArchivePlace.class,
        place ->
            places
                .computeIfAbsent(place.getFile(), file -> new HashMap<>())
                .put(place.getViewId(), place));
    views = placed(ArchiveFiles.VIEWS, View.class, places);
    for (TensorKind kind : kinds()) {
      payloads.put(kind, placed(ArchiveFiles.payloads(kind), TeacherTensors.class, places));
    }
  }

  private <T extends SpecificRecord> PlacedRecords<T> placed(
      String name, Class<T> type, Map<String, Map<String, ArchivePlace>> places) {
    return new PlacedRecords<>(storage, name, type, places.getOrDefault(name, Map.of()));
  }

  @Override
  public ContainerReader<View> views() {
    return read(ArchiveFiles.VIEWS, new SpecificDatumReader<>(View.class));
  }

  /** Payloads of one kind, chunk by chunk. */
  ContainerReader<TeacherTensors> payloads(TensorKind kind) {
    return read(ArchiveFiles.payloads(kind), new SpecificDatumReader<>(TeacherTensors.class));
  }

  private <T extends SpecificRecord> T single(String name, DatumReader<T> reader) {
    try (ContainerReader<T> in = read(name, reader)) {
      return in.single();
    }
  }

  private <T extends SpecificRecord> SortedMap<String, T> byView(
      String name, Class<T> type, Function<T, String> viewId) {
    SortedMap<String, T> records = new TreeMap<>();
    each(name, type, record -> records.put(viewId.apply(record), record));
    return records;
  }

  private <T extends SpecificRecord> void each(String name, Class<T> type, Consumer<T> sink) {
    try (ContainerReader<T> in = read(name, new SpecificDatumReader<>(type))) {
      for (T record = in.next(); record != null; record = in.next()) {
        sink.accept(record);
      }
    }
  }

  private <T extends SpecificRecord> ContainerReader<T> read(String name, DatumReader<T> reader) {
    return ContainerReader.open(storage, name, reader, sums.of(name));
  }
}
