package dev.lectern.producer.publish;

import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.DatasetReader;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.producer.dataset.UnlabelledImages;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.topic.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one dataset: reads it, makes the views, writes them to Kafka and seals the manifest.
 *
 * <p>A later version of a dataset ({@code mini@2}) has the images of the one before it and more. It
 * is a longer part of the same topics: the views of the earlier one are read where they lie, and
 * only those of new images are made.
 *
 * <p>Guarantee: a view counts when its catalog entry is on the broker, which is written after the
 * view itself was acknowledged. A run that ends in between, however it ends, leaves at most records
 * of views without an entry; the next run writes those views again, with the same bytes. Readers of
 * the views topic may therefore meet a view twice, equal both times. One publish of a dataset at a
 * time: two at once end in the same catalog, but write every view twice.
 *
 * <p>Single-use: {@link #run()} may be called once; {@link #stop()} at any time from any thread.
 */
public final class PublishApp {
  private static final Logger LOG = LoggerFactory.getLogger(PublishApp.class);

  private final PublishConfig config;
  private final ClientSettings settings;
  private final BrokerWait broker;
  private final Progress.Factory progressFactory;
  private final ProducerMeters meters;
  private final Problems problems;
  private final CanvasEncoder encoder;
  private final ViewPlan plan;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean stopping;

  /** Kept until the end, as Kafka's clients cannot be closed by an interrupted thread. */
  private boolean interrupted;

  /**
   * @param config what to publish
   * @param clientProperties of the Kafka clients, {@code bootstrap.servers} at least
   * @param progress counts views
   */
  public PublishApp(
      PublishConfig config,
      Map<String, ?> clientProperties,
      Progress.Factory progress,
      MeterRegistry meters) {
    this.config = config;
    this.settings = new ClientSettings(new HashMap<>(clientProperties));
    this.progressFactory = progress;
    this.broker = BrokerWait.of(settings.given());
    this.meters = new ProducerMeters(meters);
    this.problems = new Problems(this.meters::problem);
    this.encoder = new CanvasEncoder(config.pixels().pixelFormat(), config.pixels().level());
    this.plan = config.viewPlan();
  }

  /** Asks a run to finish what is in flight and to return; it leaves the dataset OPEN. */
  public void stop() {
    stopping = true;
    broker.stop();
  }

  /**
   * Publishes until everything is committed, or somebody stops it or interrupts this thread.
   *
   * @return what the dataset holds now; its state tells whether it is complete
   * @throws UserMistakeException if the source cannot be read, the broker cannot be reached, or the
   *     dataset exists with another plan or source
   * @throws org.apache.kafka.common.KafkaException if the broker fails on the way
   */
  public PublishResult run() {
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("a publish runs once");
    }
    AnnotatedDataset dataset =
        DatasetReader.of(
                config.input().format(),
                config.input().classNames(),
                config.input().classNamesFile(),
                config.input().difficultObjects())
            .read(sources(false), problems);
    dataset = UnlabelledImages.add(dataset, sources(true), problems);
    problems.requireMostBoxes(dataset);
    String planText = PlanText.of(config, encoder, SourceDigest.of(dataset));
    LOG.info(
        "source read format={} images={} unlabelled={} classes={} splits={}",
        config.input().format().label(),
        dataset.images().size(),
        dataset.images().stream().filter(image -> !image.labelled()).count(),
        dataset.classNames().size(),
        config.splits());
    try (DatasetTopics topics = DatasetTopics.connect(config.name(), settings)) {
      return publish(dataset, planText, topics);
    } catch (InterruptedException | InterruptException e) {
      interrupted = true;
      return PublishResult.untouched(problems.byName());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private List<DatasetSource> sources(boolean unlabelled) {
    return config.input().sources().stream().filter(s -> s.unlabelled() == unlabelled).toList();
  }

  private PublishResult publish(AnnotatedDataset dataset, String planText, DatasetTopics topics)
      throws InterruptedException {
    DatasetManifest manifest = topics.manifest().orElse(null);
    boolean samePlan = manifest != null && manifest.getPlan().equals(planText);
    boolean same = samePlan && manifest.getState() == State.SEALED;
    if (!same) {
      problems.foreseeMostImages(dataset, config.pipeline().maxImagePixels(), () -> stopping);
    }
    EarlierVersion earlier = topics.earlier(planText, dataset);
    topics.ensure(config.pipeline().partitions());
    SortedMap<String, CatalogEntry> committed = topics.catalog(manifest);
    if (!samePlan && committed.size() > earlier.views()) {
      throw new UserMistakeException(
          "dataset "
              + config.name()
              + ": has "
              + committed.size()
              + " views already, of "
              + (manifest == null
                  ? "a dataset without manifest"
                  : PlanText.difference(manifest.getPlan(), planText))
              + "; expected the same, or a new name"
              + forMoreImages(manifest, planText));
    }
    if (same) {
      LOG.info(
          "dataset is sealed and the same name={} digest={}", config.name(), manifest.getDigest());
      return PublishResult.of(manifest, 0, manifest.getViews(), 0);
    }
    Tally tally = new Tally(committed);
    if (!samePlan) {
      topics.write(manifest(dataset, planText, State.OPEN, tally, Map.of()));
    }
    boolean complete = writeViews(dataset, earlier, tally);
    if (!complete) {
      LOG.info(
          "publish stopped name={} views={} left the dataset OPEN", config.name(), tally.views());
      return tally.result(State.OPEN, problems.byName());
    }
    problems.requireMostImages();
    DatasetManifest sealed =
        broker.retry(
            () -> {
              DatasetManifest wanted =
                  manifest(dataset, planText, State.SEALED, tally, topics.ends());
              topics.write(wanted);
              return wanted;
            });
    if (sealed == null) {
      return tally.result(State.OPEN, problems.byName());
    }
    LOG.info(
        "dataset sealed name={} views={} digest={}", config.name(), tally.views(), tally.digest());
    return tally.result(State.SEALED, problems.byName());
  }

  /** The name of the next version, where the plan is the same for other images. */
  private static String forMoreImages(DatasetManifest manifest, String planText) {
    if (manifest == null
        || manifest.getState() != State.SEALED
        || PlanText.differenceOfViews(manifest.getPlan(), planText).isPresent()) {
      return "";
    }
    String name = manifest.getName();
    return "; to add images to it: " + Topics.version(name, Topics.version(name) + 1);
  }

  /** Whether every view is committed or its image was left out; false after a stop. */
  private boolean writeViews(AnnotatedDataset dataset, EarlierVersion earlier, Tally tally) {
    List<AnnotatedImage> images = dataset.images();
    long total = images.stream().mapToLong(image -> config.viewsOf(image.split())).sum();
    ByteBudget inFlight = new ByteBudget(config.pipeline().inFlightBytes());
    meters.watch(inFlight);
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    try (Progress progress = progressFactory.start("publish " + config.name(), "views", total);
        ViewWriter writer =
            new ViewWriter(
                config.name(),
                settings,
                broker,
                inFlight,
                meters,
                entry -> {
                  tally.committed(entry);
                  progress.advance(1);
                });
        ViewMaker maker = new ViewMaker(config, images, earlier, encoder, problems, meters)) {
      List<Integer> order = maker.order();
      Runnable work =
          () -> {
            try {
              while (!stopping && !writer.failed() && failure.get() == null) {
                int at = next.getAndIncrement();
                if (at >= images.size()) {
                  return;
                }
                int index = order.get(at);
                ViewMaker.Outcome outcome =
                    maker.make(
                        index,
                        viewId -> tally.has(viewId.toString()),
                        writer::write,
                        () -> stopping || writer.failed());
                if (outcome.stopped()) {
                  return;
                }
                AnnotatedImage image = images.get(index);
                if (outcome.usable()) {
                  problems.keep(image);
                }
                progress.skip(
                    tally.dealtWith(
                        outcome, config.viewsOf(image.split()), image.split(), image.labelled()));
                progress.note(problems.total() + " problems");
                done.incrementAndGet();
              }
            } catch (RuntimeException | Error e) {
              failure.compareAndSet(
                  null, e instanceof RuntimeException r ? r : new IllegalStateException(e));
            }
          };
      awaitAll(start(work));
      if (failure.get() == null) {
        writer.drain();
      }
      interrupted |= Thread.interrupted();
      writer.check();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    return done.get() == images.size();
  }

  private List<Thread> start(Runnable work) {
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < config.pipeline().threads(); i++) {
      Thread worker = new Thread(work, "lectern-publish-" + config.name() + "-" + i);
      worker.start();
      workers.add(worker);
    }
    return workers;
  }

  /** An interrupt asks the workers to stop. */
  private void awaitAll(List<Thread> workers) {
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
          stopping = true;
        }
      }
    }
  }

  private DatasetManifest manifest(
      AnnotatedDataset dataset,
      String planText,
      State state,
      Tally tally,
      Map<String, Long> endOffsets) {
    boolean sealed = state == State.SEALED;
    return DatasetManifest.newBuilder()
        .setName(config.name())
        .setState(state)
        .setClassNames(dataset.classNames())
        .setCategoryIds(dataset.categoryIds())
        .setSourceFormat(config.input().format().label())
        .setWidth(plan.size().width())
        .setHeight(plan.size().height())
        .setViewsPerImage(plan.viewsPerImage())
        .setPixelFormat(encoder.format())
        .setImages(sealed ? tally.images() : 0)
        .setViews(sealed ? tally.views() : 0)
        .setObjects(sealed ? tally.objects() : 0)
        .setSplits(sealed ? tally.splits() : Map.of())
        .setProblems(sealed ? problems.byName() : Map.of())
        .setPlan(planText)
        .setSeed(plan.seed())
        .setDigest(sealed ? tally.digest() : "")
        .setUpdatedAt(System.currentTimeMillis())
        .setEndOffsets(endOffsets)
        .setLabelMaps(config.input().format().hasLabelMaps())
        .setUnlabelled(sealed ? tally.unlabelled() : unlabelled(dataset))
        .build();
  }

  /** Images that nobody annotated, by split: workers and students may start before the seal. */
  private static Map<String, Long> unlabelled(AnnotatedDataset dataset) {
    return dataset.images().stream()
        .filter(image -> !image.labelled())
        .collect(Collectors.groupingBy(AnnotatedImage::split, Collectors.counting()));
  }
}
