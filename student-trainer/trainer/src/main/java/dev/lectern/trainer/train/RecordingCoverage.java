package dev.lectern.trainer.train;

import dev.lectern.detector.region.RegionRules;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.distil.Needs.Positions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a method asks of a recording, against what it holds. */
final class RecordingCoverage {
  private RecordingCoverage() {}

  /**
   * Everything that a method needs and a recording lacks: tensors, positions and precision.
   *
   * @param needs what it must be given
   * @param regions the rule by which a recording holds a region of the student; empty if none does
   * @return one text for each kind and reason; empty if nothing is missing
   */
  static List<String> missing(
      Method loss,
      Needs needs,
      Function<RegionPart, Optional<RegionPriors>> regions,
      RecordingManifest recording) {
    List<String> missing = new ArrayList<>();
    if (TensorLayout.instances(recording.getDescriptor()) > 0) {
      return ofInstances(loss, recording);
    }
    for (Map.Entry<TensorKind, Positions> need : new TreeMap<>(needs.teacher()).entrySet()) {
      Optional<KindEncoding> recorded = encoding(recording, need.getKey());
      if (recorded.isEmpty()) {
        missing.add(need.getKey() + ": not recorded");
      } else {
        missing.addAll(positions(needs, need.getValue(), regions, recorded.get()));
        precision(loss, recorded.get()).ifPresent(missing::add);
      }
    }
    return missing;
  }

  private static List<String> ofInstances(Method loss, RecordingManifest recording) {
    List<String> missing = new ArrayList<>();
    for (TensorKind kind : loss.needs().kinds(true)) {
      Optional<KindEncoding> recorded = encoding(recording, kind);
      if (recorded.isEmpty()) {
        missing.add(kind + ": not recorded");
      } else {
        precision(loss, recorded.get()).ifPresent(missing::add);
      }
    }
    return missing;
  }

  /** How a kind is recorded; empty if it is not. */
  static Optional<KindEncoding> encoding(RecordingManifest recording, TensorKind kind) {
    return recording.getEncodings().stream()
        .filter(encoding -> encoding.getKind() == kind)
        .findFirst();
  }

  private static List<String> positions(
      Needs needs,
      Positions needed,
      Function<RegionPart, Optional<RegionPriors>> regions,
      KindEncoding recorded) {
    if (recorded.getPositions() == PositionEncoding.DENSE || needed == Positions.RECORDED) {
      return List.of();
    }
    String found = recorded.getKind() + ": recorded positions are ";
    if (needed == Positions.DENSE) {
      return List.of(found + recorded.getPositions() + ", expected every position");
    }
    if (recorded.getPositions() == PositionEncoding.TOP_SCORE) {
      return List.of(
          found
              + "the "
              + recorded.getTopScore()
              + " highest scores per level, expected those of regions");
    }
    return needs.regions().stream()
        .flatMap(part -> region(part, regions, recorded).stream())
        .toList();
  }

  private static Optional<String> region(
      RegionPart part,
      Function<RegionPart, Optional<RegionPriors>> regions,
      KindEncoding recorded) {
    Optional<RegionPriors> needed = regions.apply(part);
    if (needed.isEmpty()) {
      return Optional.of(
          recorded.getKind()
              + ": recorded positions are REGIONS, which do not hold all that students of this"
              + " family learn from, expected every position");
    }
    return recorded.getPriors().stream().anyMatch(rule -> RegionRules.covers(rule, needed.get()))
        ? Optional.empty()
        : Optional.of(
            recorded.getKind()
                + ": recorded regions are of priors with "
                + recorded.getPriors().stream()
                    .map(EncodingText::of)
                    .collect(Collectors.joining(", or "))
                + ", expected those of the student with "
                + EncodingText.of(needed.get()));
  }

  private static Optional<String> precision(Method loss, KindEncoding recorded) {
    return loss.shared().accepts(Values.valueOf(recorded.getValues().name()))
        ? Optional.empty()
        : Optional.of(
            recorded.getKind()
                + ": recorded values are "
                + recorded.getValues()
                + ", expected "
                + loss.shared().precision()
                + " or finer");
  }
}
