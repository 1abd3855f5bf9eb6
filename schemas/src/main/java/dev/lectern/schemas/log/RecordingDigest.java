package dev.lectern.schemas.log;

import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.RegionRule;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The digest of a recording: a function of its logical content alone, not of offsets, order, worker
 * or attempt.
 *
 * <pre>
 *   digest   = SHA-256( text "lectern-recording-1", text teacherId,
 *                       int number of kinds,   kind...   in the order of TensorKind,
 *                       int number of views,   view...   by the unsigned bytes of viewId )
 *   kind     = text kind, text values, text positions, text filter, text compression,
 *              REGIONS: int number of priors, priors...     TOP_SCORE: int positions per level
 *   priors   = int number of levels, int stride..., double gridOffset, double octaveBaseScale,
 *              int topk,
 *              unless the rule is ATSS_VLR on one square anchor a cell: text rule,
 *              int scalesPerOctave, int number of ratios, double ratio..., double positiveIou,
 *              double minPositiveIou, int number of ranges, double range..., double centerRadius
 *   view     = text viewId, 32 bytes SHA-256 of the pixels,
 *              int number of payloads, payload... in the order of TensorKind
 *   payload  = text kind, 32 bytes SHA-256 of the payload
 *   text     = int length in bytes, UTF-8
 *   int      = 4 bytes, big-endian
 *   double   = 8 bytes, IEEE 754, big-endian
 * </pre>
 *
 * <p>Views without an output (dead letters) do not take part.
 */
public final class RecordingDigest {
  private static final String FORMAT = "lectern-recording-1";

  private final MessageDigest sha256 = Sha256.start();

  private RecordingDigest() {}

  /**
   * @param entries in any order, each view once
   * @return 64 hex digits
   */
  public static String of(
      String teacherId, List<KindEncoding> encodings, Collection<IndexEntry> entries) {
    SortedMap<String, IndexEntry> byView = new TreeMap<>();
    entries.forEach(entry -> byView.put(entry.getView().getViewId(), entry));
    return of(teacherId, encodings, byView);
  }

  /**
   * As above; asks for one entry at a time.
   *
   * @param entries by view id
   */
  public static String of(
      String teacherId, List<KindEncoding> encodings, SortedMap<String, IndexEntry> entries) {
    RecordingDigest digest = new RecordingDigest();
    digest.text(FORMAT);
    digest.text(teacherId);
    digest.integer(encodings.size());
    encodings.stream()
        .sorted(Comparator.comparing(KindEncoding::getKind))
        .forEach(
            encoding -> {
              digest.text(encoding.getKind().name());
              digest.text(encoding.getValues().name());
              digest.text(encoding.getPositions().name());
              digest.text(encoding.getFilter().name());
              digest.text(encoding.getCompression().name());
              digest.positions(encoding);
            });
    digest.integer(entries.size());
    List<String> viewIds = new ArrayList<>(entries.keySet());
    // In this order already, but for ids outside Unicode's basic plane.
    viewIds.sort((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
    viewIds.forEach(viewId -> digest.view(entries.get(viewId)));
    return Sha256.hex(digest.sha256);
  }

  private void positions(KindEncoding encoding) {
    switch (encoding.getPositions()) {
      case DENSE -> {}
      case REGIONS -> {
        integer(encoding.getPriors().size());
        encoding.getPriors().forEach(this::priors);
        if (encoding.getTeacherBoxes() > 0) {
          number(encoding.getTeacherBoxes());
        }
      }
      case TOP_SCORE -> integer(encoding.getTopScore());
    }
  }

  private void priors(RegionPriors priors) {
    integer(priors.getStrides().size());
    priors.getStrides().forEach(this::integer);
    number(priors.getGridOffset());
    number(priors.getOctaveBaseScale());
    integer(priors.getTopk());
    if (priors.getRule() != RegionRule.ATSS_VLR
        || priors.getScalesPerOctave() != 1
        || !priors.getRatios().equals(List.of(1.0))) {
      text(priors.getRule().name());
      integer(priors.getScalesPerOctave());
      integer(priors.getRatios().size());
      priors.getRatios().forEach(this::number);
      number(priors.getPositiveIou());
      number(priors.getMinPositiveIou());
      integer(priors.getRanges().size());
      priors.getRanges().forEach(this::number);
      number(priors.getCenterRadius());
    }
  }

  private void view(IndexEntry entry) {
    text(entry.getView().getViewId());
    sha256.update(entry.getView().getPixelsSha256().duplicate());
    List<PayloadLocation> payloads = entry.getReceipt().getPayloads();
    integer(payloads.size());
    payloads.stream()
        .sorted(Comparator.comparing(PayloadLocation::getKind))
        .forEach(
            payload -> {
              text(payload.getKind().name());
              sha256.update(payload.getSha256().duplicate());
            });
  }

  private void text(String text) {
    byte[] bytes = utf8(text);
    integer(bytes.length);
    sha256.update(bytes);
  }

  private void integer(int value) {
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, value));
  }

  private void number(double value) {
    sha256.update(ByteBuffer.allocate(Double.BYTES).putDouble(0, value));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
