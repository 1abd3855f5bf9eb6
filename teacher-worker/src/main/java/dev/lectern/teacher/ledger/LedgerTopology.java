package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.DeadLetterCheck;
import dev.lectern.schemas.log.ReceiptCheck;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.AvroSerde;
import dev.lectern.schemas.serde.WireForm;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The graph of the ledger.
 *
 * <pre>
 *   catalog ----------------------------------+
 *      |                                      v
 *      +-> positions --+     receipts ---> per view ---> index
 *                      v                      ^  |
 *   dead letters -> views of unreadable       |  +----> counts (one record)
 *      |            records ------------------+
 *      +--------------------------------------+
 * </pre>
 *
 * <p>Catalog, receipts, dead letters and index have the same number of partitions, keyed by view. A
 * dead letter of a record that could not be read has no view id; it finds its view by the position
 * that the catalog states. One with a view id counts if its position is that of the catalog.
 */
public final class LedgerTopology {
  static final String CATALOG_SOURCE = "catalog";
  static final String RECEIPTS_SOURCE = "receipts";
  static final String DEAD_LETTERS_SOURCE = "dead-letters";
  static final String INDEX_SINK = "index";

  static final String VIEWS_STORE = "views-store";
  static final String ACCEPTED_RECEIPTS_STORE = "accepted-receipts-store";
  static final String WAITING_RECEIPTS_STORE = "waiting-receipts-store";
  static final String DEAD_LETTERS_STORE = "dead-letters-store";
  static final String POSITIONS_STORE = "positions-store";
  static final String UNREADABLE_STORE = "unreadable-store";

  /** One record under {@link #ALL}. */
  static final String COUNTS_STORE = "counts-store";

  static final String POSITIONS_REPARTITION = "positions";
  static final String UNREADABLE_REPARTITION = "unreadable";
  static final String DEAD_LETTERS_REPARTITION = "dead-letters-by-view";
  static final String COUNTS_REPARTITION = "counts";
  static final String UNREADABLE_JOIN = "unreadable-with-view";
  static final String VIEW_LEDGER = "view-ledger";

  /** Key of the counts of the whole recording. */
  static final String ALL = "all";

  private static final Serde<String> STRING = Serdes.String();

  private LedgerTopology() {}

  /**
   * Builds the graph without touching the network.
   *
   * @param manifest says which recording, dataset, teacher and kinds
   */
  public static Topology build(RecordingManifest manifest) {
    return build(manifest, WireForm.of(Map.of()), Map::of);
  }

  /**
   * As above, for a dataset that may be sealed.
   *
   * @param form of the records on the topics that others read or write
   * @param datasetEnds where the sealed catalog ends, by {@code topic-partition}; empty while it is
   *     published
   */
  static Topology build(
      RecordingManifest manifest, WireForm form, Supplier<Map<String, Long>> datasetEnds) {
    StreamsBuilder builder = new StreamsBuilder();
    addStores(builder);
    ReceiptCheck check = new ReceiptCheck(manifest);
    DeadLetterCheck lettersCheck = new DeadLetterCheck(manifest.getDataset());
    String viewsTopic = Topics.views(manifest.getDataset()).name();

    KStream<String, CatalogEntry> catalog =
        source(builder, Topics.catalog(manifest.getDataset()).in(form), CATALOG_SOURCE)
            .processValues(() -> new SealedCatalog(datasetEnds), named("sealed-catalog"));
    KStream<String, Receipt> receipts =
        source(builder, Topics.receipts(manifest.getName()).in(form), RECEIPTS_SOURCE);
    KStream<String, DeadLetter> letters =
        source(builder, Topics.deadLetters(manifest.getName()).in(form), DEAD_LETTERS_SOURCE);

    KStream<String, Outcome> outcomes =
        catalog
            .mapValues(entry -> (ViewEvent) new ViewEvent.Catalogued(entry), named("catalogued"))
            .merge(
                receipts.mapValues(
                    receipt -> (ViewEvent) new ViewEvent.Recorded(receipt), named("recorded")),
                named("catalogued-or-recorded"))
            .merge(
                byView(letters, catalog, viewsTopic)
                    .mapValues(
                        letter -> (ViewEvent) new ViewEvent.GivenUp(letter), named("given-up")),
                named("view-events"))
            .process(
                () -> new ViewLedger(check, lettersCheck),
                named(VIEW_LEDGER),
                VIEWS_STORE,
                ACCEPTED_RECEIPTS_STORE,
                WAITING_RECEIPTS_STORE,
                DEAD_LETTERS_STORE);

    Topic<String, IndexEntry> index = Topics.index(manifest.getName()).in(form);
    outcomes
        .filter((viewId, outcome) -> outcome instanceof Outcome.Indexed, named("indexed"))
        .mapValues(outcome -> ((Outcome.Indexed) outcome).entry(), named("index-entry"))
        .to(
            index.name(),
            Produced.<String, IndexEntry>as(INDEX_SINK)
                .withKeySerde(index.key())
                .withValueSerde(index.value()));
    outcomes
        .filter((viewId, outcome) -> outcome instanceof Outcome.Counted, named("counted"))
        .map(
            (viewId, outcome) -> KeyValue.pair(ALL, ((Outcome.Counted) outcome).change()),
            named("count-change"))
        .repartition(
            Repartitioned.with(STRING, LedgerCounts.serde())
                .withName(COUNTS_REPARTITION)
                .withNumberOfPartitions(1))
        .groupByKey()
        .reduce(
            LedgerCounts::plus,
            named("counts-sum"),
            LedgerTopology.<LedgerCounts>store(COUNTS_STORE, LedgerCounts.serde()));
    return builder.build();
  }

  /** Dead letters under the id of their view, whether they know it or not. */
  private static KStream<String, DeadLetter> byView(
      KStream<String, DeadLetter> letters,
      KStream<String, CatalogEntry> catalog,
      String viewsTopic) {
    Map<String, KStream<String, DeadLetter>> branches =
        letters
            .filter((key, letter) -> letter != null, named("written-dead-letters"))
            .split(named("dead-letters-"))
            .branch((key, letter) -> letter.getViewId() != null, Branched.as("of-view"))
            .branch(
                (key, letter) -> letter.getTopic().equals(viewsTopic), Branched.as("of-position"))
            .noDefaultBranch();
    Serde<DeadLetter> letterSerde = serde(DeadLetter.class);
    KTable<String, String> positions =
        catalog
            .filter((viewId, entry) -> entry != null, named("catalogued-views"))
            .map(
                (viewId, entry) ->
                    KeyValue.pair(position(entry.getPartition(), entry.getOffset()), viewId),
                named("view-by-position"))
            .repartition(Repartitioned.with(STRING, STRING).withName(POSITIONS_REPARTITION))
            .toTable(
                named("positions-table"), LedgerTopology.<String>store(POSITIONS_STORE, STRING));
    KTable<String, DeadLetter> unreadable =
        branches
            .get("dead-letters-of-position")
            .selectKey(
                (key, letter) -> position(letter.getPartition(), letter.getOffset()),
                named("unreadable-by-position"))
            .repartition(Repartitioned.with(STRING, letterSerde).withName(UNREADABLE_REPARTITION))
            .toTable(
                named("unreadable-table"),
                LedgerTopology.<DeadLetter>store(UNREADABLE_STORE, letterSerde));
    KStream<String, DeadLetter> found =
        unreadable
            .join(positions, LedgerTopology::withView, named(UNREADABLE_JOIN))
            .toStream(named("unreadable-views"));
    return branches
        .get("dead-letters-of-view")
        .merge(found, named("all-dead-letters"))
        .selectKey((key, letter) -> letter.getViewId(), named("dead-letter-view"))
        .repartition(Repartitioned.with(STRING, letterSerde).withName(DEAD_LETTERS_REPARTITION));
  }

  private static String position(int partition, long offset) {
    return partition + "@" + offset;
  }

  private static DeadLetter withView(DeadLetter letter, String viewId) {
    return new DeadLetter(
        viewId,
        letter.getTopic(),
        letter.getPartition(),
        letter.getOffset(),
        letter.getCause(),
        letter.getStack(),
        letter.getAttempts(),
        letter.getWorker(),
        letter.getFailedAt());
  }

  private static void addStores(StreamsBuilder builder) {
    builder.addStateStore(storeBuilder(VIEWS_STORE, serde(CatalogEntry.class)));
    builder.addStateStore(storeBuilder(ACCEPTED_RECEIPTS_STORE, serde(Receipt.class)));
    builder.addStateStore(storeBuilder(WAITING_RECEIPTS_STORE, serde(Receipt.class)));
    builder.addStateStore(storeBuilder(DEAD_LETTERS_STORE, serde(DeadLetter.class)));
  }

  private static <V> StoreBuilder<KeyValueStore<String, V>> storeBuilder(
      String name, Serde<V> value) {
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), STRING, value);
  }

  private static <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> store(
      String name, Serde<V> value) {
    return Materialized.<String, V, KeyValueStore<Bytes, byte[]>>as(name)
        .withKeySerde(STRING)
        .withValueSerde(value);
  }

  private static <V> KStream<String, V> source(
      StreamsBuilder builder, Topic<String, V> topic, String name) {
    return builder.stream(topic.name(), Consumed.with(topic.key(), topic.value()).withName(name));
  }

  private static <V extends SpecificRecord> Serde<V> serde(Class<V> type) {
    return new AvroSerde<>(type);
  }

  private static Named named(String name) {
    return Named.as(name);
  }
}
