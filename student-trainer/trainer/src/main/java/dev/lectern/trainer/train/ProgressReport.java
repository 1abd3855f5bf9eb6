package dev.lectern.trainer.train;

import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows a run on the user's terminal, an epoch at a time, and tells its story in the log. */
final class ProgressReport implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressReport.class);

  private final Progress.Factory factory;
  private Progress progress;
  private double lossSum;
  private double seconds;
  private double waited;
  private long images;
  private int steps;

  ProgressReport(Progress.Factory factory) {
    this.factory = factory;
  }

  @Override
  public void started(Trainer trainer) {
    LOG.info(
        "training starts recordings={} digests={} teacherIds={} student={} parameters={} seed={} epoch={} step={}",
        of(trainer, RecordingManifest::getName),
        of(trainer, RecordingManifest::getDigest),
        of(trainer, RecordingManifest::getTeacherId),
        trainer.config().student().network(),
        trainer.student().parameters().valueCount(),
        trainer.config().seed(),
        trainer.position().epoch(),
        trainer.position().globalStep());
    LossPlan.of(trainer.config())
        .entries()
        .forEach(entry -> LOG.info("loss name={} weight={}", entry.name(), entry.weight()));
  }

  private static List<String> of(Trainer trainer, Function<RecordingManifest, String> what) {
    return trainer.replay().recordings().stream().map(what).toList();
  }

  @Override
  public void stepped(Trainer trainer, StepReport step) {
    if (progress == null) {
      progress =
          factory.start(
              "epoch " + (step.epoch() + 1) + "/" + trainer.config().epochs(),
              "steps",
              trainer.stepsOfEpoch());
      progress.advance(trainer.position().step() - 1L);
    }
    progress.advance(1);
    progress.note(String.format(Locale.ROOT, "loss %.3f", step.total()));
    lossSum += step.total();
    seconds += step.seconds();
    waited += step.waitSeconds();
    images += step.images();
    steps++;
  }

  @Override
  public void epochEnded(Trainer trainer) {
    closeProgress();
    LOG.info(
        "epoch done epoch={} step={} meanLoss={} imagesPerSecond={} dataWaitShare={}",
        trainer.position().epoch(),
        trainer.position().globalStep(),
        String.format(Locale.ROOT, "%.4f", lossSum / Math.max(1, steps)),
        String.format(Locale.ROOT, "%.2f", images / Math.max(1e-9, seconds)),
        String.format(Locale.ROOT, "%.4f", waited / Math.max(1e-9, seconds)));
    lossSum = 0;
    seconds = 0;
    waited = 0;
    images = 0;
    steps = 0;
  }

  @Override
  public void evaluated(Trainer trainer, EvaluationReport report) {
    LOG.info(
        "student measured epochs={} split={} images={} {}",
        report.epochs(),
        report.split(),
        report.images(),
        report.metrics().headline().entrySet().stream()
            .map(
                figure -> String.format(Locale.ROOT, "%s=%.4f", figure.getKey(), figure.getValue()))
            .collect(Collectors.joining(" ")));
  }

  @Override
  public void checkpointed(Trainer trainer, java.nio.file.Path file) {
    LOG.info("checkpoint written file={} step={}", file, trainer.position().globalStep());
  }

  @Override
  public void ended(Trainer trainer) {
    closeProgress();
  }

  private void closeProgress() {
    if (progress != null) {
      progress.close();
      progress = null;
    }
  }
}
