package dev.lectern.trainer.train;

import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.distil.Needs.Positions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What losses ask of a recording, against what it holds. */
final class RecordingCoverage {
  private RecordingCoverage() {}

  /**
   * Everything that losses need and a recording lacks: tensors, positions and precision.
   *
   * @param priors by which regions must be drawn; empty if none hold what the student reads
   * @return one text for each kind and reason; empty if nothing is missing
   */
  static List<String> missing(
      List<Method> losses, Optional<RegionPriors> priors, RecordingManifest recording) {
    Map<TensorKind, KindEncoding> recorded =
        recording.getEncodings().stream()
            .collect(Collectors.toMap(KindEncoding::getKind, encoding -> encoding));
    List<String> missing = new ArrayList<>();
    for (TensorKind kind : TensorKind.values()) {
      List<Method> readers =
          losses.stream().filter(loss -> loss.needs().teacher().containsKey(kind)).toList();
      if (readers.isEmpty()) {
        continue;
      }
      if (!recorded.containsKey(kind)) {
        missing.add(kind + ": not recorded, needed by " + names(readers));
      } else {
        missing.addAll(positions(readers, kind, priors, recorded.get(kind)));
        missing.addAll(precision(readers, kind, recorded.get(kind)));
      }
    }
    return missing;
  }

  private static List<String> positions(
      List<Method> readers, TensorKind kind, Optional<RegionPriors> priors, KindEncoding recorded) {
    List<String> missing = new ArrayList<>();
    if (recorded.getPositions() == PositionEncoding.DENSE) {
      return missing;
    }
    List<Method> everywhere = reading(readers, kind, Positions.DENSE);
    if (!everywhere.isEmpty()) {
      missing.add(
          kind
              + ": recorded positions are "
              + recorded.getPositions()
              + ", every position is needed by "
              + names(everywhere));
    }
    List<Method> near = reading(readers, kind, Positions.REGIONS);
    if (near.isEmpty()) {
      return missing;
    }
    if (recorded.getPositions() == PositionEncoding.TOP_SCORE) {
      missing.add(
          kind
              + ": recorded positions are the "
              + recorded.getTopScore()
              + " highest scores per level, those of regions are needed by "
              + names(near));
    } else if (priors.isEmpty()) {
      missing.add(
          kind
              + ": recorded positions are REGIONS, which do not hold all that students of this"
              + " family learn from; every position is needed by "
              + names(near));
    } else if (!recorded.getPriors().contains(priors.get())) {
      missing.add(
          kind
              + ": recorded regions are of priors with "
              + recorded.getPriors().stream()
                  .map(EncodingText::of)
                  .collect(Collectors.joining(", or "))
              + "; "
              + names(near)
              + " needs those of the student with "
              + EncodingText.of(priors.get()));
    }
    return missing;
  }

  private static List<Method> reading(
      List<Method> readers, TensorKind kind, Needs.Positions positions) {
    return readers.stream().filter(loss -> loss.needs().teacher().get(kind) == positions).toList();
  }

  private static List<String> precision(
      List<Method> readers, TensorKind kind, KindEncoding recorded) {
    Values stored = Values.valueOf(recorded.getValues().name());
    return readers.stream()
        .filter(loss -> !loss.shared().accepts(stored))
        .map(
            loss ->
                kind
                    + ": recorded values are "
                    + recorded.getValues()
                    + ", "
                    + loss.shared().precision()
                    + " is needed by "
                    + loss.name())
        .distinct()
        .toList();
  }

  private static String names(Collection<Method> losses) {
    return losses.stream().map(Method::name).distinct().collect(Collectors.joining(", "));
  }
}
