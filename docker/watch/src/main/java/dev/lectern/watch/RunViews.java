package dev.lectern.watch;

import dev.lectern.schemas.record.ApPoint;
import dev.lectern.schemas.record.CurvePoint;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.serde.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is known of training runs, from their heartbeats. */
final class RunViews {
  private static final int MAX_ENDED = 50;

  private RunViews() {}

  /** Those at work first, then the newest of those that ended. */
  static List<RunView> of(Observations seen) {
    List<RunView> all = new ArrayList<>();
    for (ReceivedStatus received : seen.statuses()) {
      if (received.status() instanceof Status.OfRun run) {
        all.add(view(run.value(), received, seen.nowMs()));
      }
    }
    all.sort(
        Comparator.comparing((RunView r) -> !r.presence().isAtWork())
            .thenComparing(r -> r.presence().startedAt(), Comparator.reverseOrder())
            .thenComparing(RunView::id));
    long atWork = all.stream().filter(run -> run.presence().isAtWork()).count();
    return all.stream().limit(atWork + MAX_ENDED).toList();
  }

  private static RunView view(RunStatus r, ReceivedStatus received, long nowMs) {
    Presence presence = Presence.of(received, nowMs);
    boolean atWork = presence.isAtWork();
    double rate = atWork ? r.getImagesPerSecond() : 0;
    double fraction = r.getStepsOfEpoch() == 0 ? 0 : r.getStep() / (double) r.getStepsOfEpoch();
    double epochsLeft = Math.max(0, r.getEpochs() - r.getEpoch() - fraction);
    CurvePoint newest = r.getCurve().isEmpty() ? null : r.getCurve().get(r.getCurve().size() - 1);
    Map<String, Double> losses = new LinkedHashMap<>();
    if (newest != null) {
      for (int i = 0; i < newest.getLosses().size(); i++) {
        losses.put(r.getLosses().get(i), Figures.rounded(newest.getLosses().get(i)));
      }
    }
    List<RunView.Evaluation> evaluations =
        r.getEvaluations().stream().map(RunViews::evaluation).toList();
    return new RunView(
        r.getId(),
        r.getName(),
        List.copyOf(r.getRecordings()),
        r.getStudent(),
        r.getDevice(),
        presence,
        new RunView.Position(
            r.getEpochs(),
            r.getEpoch(),
            r.getStep(),
            r.getStepsOfEpoch(),
            r.getGlobalStep(),
            Figures.rounded(1 - epochsLeft / Math.max(1, r.getEpochs()))),
        r.getBatchSize(),
        Figures.rounded(rate),
        atWork ? Figures.rounded(Math.min(1, r.getWaitShare())) : 0,
        atWork ? Stage.of(r.getStages()) : Map.of(),
        Figures.rounded(r.getLearningRate()),
        rate > 0 && stepsPerEpoch(r) > 0
            ? Figures.rounded(epochsLeft * stepsPerEpoch(r) * r.getBatchSize() / rate)
            : null,
        new RunView.Losses(
            newest == null ? null : Figures.rounded(newest.getTotal()), losses, curve(r)),
        new RunView.Accuracy(
            evaluations,
            evaluations.isEmpty() ? null : evaluations.get(evaluations.size() - 1).ap()));
  }

  /** Between epochs, where a run is measured, as many as those before had; 0 while unknown. */
  private static double stepsPerEpoch(RunStatus r) {
    if (r.getStepsOfEpoch() > 0) {
      return r.getStepsOfEpoch();
    }
    return r.getEpoch() == 0 ? 0 : r.getGlobalStep() / (double) r.getEpoch();
  }

  private static RunView.Curve curve(RunStatus r) {
    List<CurvePoint> points = r.getCurve();
    Map<String, List<Double>> losses = new LinkedHashMap<>();
    for (int i = 0; i < r.getLosses().size(); i++) {
      int loss = i;
      losses.put(
          r.getLosses().get(i),
          points.stream().map(p -> Figures.rounded(p.getLosses().get(loss))).toList());
    }
    return new RunView.Curve(
        points.stream().map(CurvePoint::getStep).toList(),
        points.stream().map(p -> Figures.rounded(p.getEpoch())).toList(),
        points.stream().map(p -> Figures.rounded(p.getTotal())).toList(),
        losses);
  }

  private static RunView.Evaluation evaluation(ApPoint p) {
    return new RunView.Evaluation(
        p.getEpoch(),
        p.getStep(),
        Figures.rounded(p.getAp()),
        Figures.rounded(p.getAp50()),
        Figures.rounded(p.getAp75()));
  }
}
