package dev.lectern.teacher.recognition;

import java.util.List;
import java.util.Optional;

/** Recognises sets of boxes without cells, which recordings cannot hold. */
final class SetExports {
  private static final String REASON =
      "a set of boxes without cells, recordings hold the outputs of dense heads";

  private SetExports() {}

  static Optional<Recognition> recognise(ModelContents model) {
    List<ModelTensor> sets = model.outputs().stream().filter(t -> t.rank() == 3).toList();
    if (sets.size() == 2 && sets.stream().anyMatch(t -> t.shape()[2] == 4)) {
      return Optional.of(
          Recognition.refused("DETR and its kin (RT-DETR, D-FINE, RF-DETR), raw queries", REASON));
    }
    Optional<ModelTensor> suppressed =
        sets.stream().filter(t -> t.shape()[2] == 6 || t.shape()[2] == 5).findFirst();
    if (suppressed.isPresent()) {
      return Optional.of(
          Recognition.refused(
              "boxes after suppression or end to end, " + suppressed.get(),
              REASON,
              Ultralytics.made(model.metadata())
                  ? "export with nms=False and end2end=False"
                  : "export without post-processing"));
    }
    boolean isDeployed =
        model.inputs().stream().anyMatch(t -> t.name().contains("orig"))
            || model.outputs().stream().anyMatch(t -> t.name().equals("labels"));
    return isDeployed
        ? Optional.of(
            Recognition.refused(
                "labels, boxes and scores, as RT-DETR and D-FINE are deployed",
                REASON,
                "export without post-processing"))
        : Optional.empty();
  }
}
