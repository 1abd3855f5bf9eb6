package dev.lectern.detector.weights;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.weights.Safetensors.Array;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

/**
 * A weights file against the parameters of a network: what of it can be loaded, and why the rest
 * cannot.
 *
 * <p>Names are those that public code uses: torchvision's for a backbone, MMDetection's for neck
 * and head, Ultralytics' for its networks. Where a file's names differ from the network's in what
 * stands before them ({@code module.}, {@code backbone.body.}, nothing in place of {@code
 * backbone.}, ...), they are renamed; of all renamings, the one that finds most parameters is
 * taken. Counters of batches, constants and classifiers of images are ignored by name.
 */
public final class WeightsMatch {
  /** Which part of a network is to be set. */
  public enum Part {
    WHOLE(""),
    /**
     * Called so, or layers 0 to 9 of a YOLOv8, which numbers its layers throughout, or the layers
     * of a residual network, which a PSPNet has without a name before them.
     */
    BACKBONE("backbone\\.|model\\.[0-9]\\.|(conv|bn)[1-3]\\.|layer[1-4]\\.");

    private final Pattern start;

    Part(String start) {
      this.start = Pattern.compile(start);
    }

    private boolean holds(String parameter) {
      return start.matcher(parameter).lookingAt();
    }
  }

  /** What may stand before a file's names and is no part of the network's. */
  private static final List<String> STRIPPED =
      List.of(
          "",
          "module.",
          "model.",
          "model.model.",
          "backbone.",
          "backbone.body.",
          "features.",
          "body.",
          "module.backbone.",
          "script.");

  /** What may stand before the network's names and is no part of the file's. */
  private static final List<String> ADDED = List.of("", "backbone.", "script.", "model.");

  private static final Pattern IGNORED =
      Pattern.compile(
          "(.*\\.)?(num_batches_tracked|integral\\.project|dfl\\.conv\\.weight"
              + "|data_preprocessor\\.(mean|std))"
              + "|(backbone\\.)?(fc|classifier|aux_classifier|head\\.fc)\\..*");

  private static final int SHOWN_NAMES = 3;
  private static final int SHOWN_SHAPES = 8;

  private final WeightsFile source;
  private final Part part;
  private final Renaming renaming;
  private final Map<Parameter, Array> matched = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> otherShapes = new ArrayList<>();
  private final List<String> notFinite = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private final List<String> otherParts = new ArrayList<>();
  private final List<String> ignored = new ArrayList<>();
  private final boolean lacksStatistics;

  /** A file's name becomes the network's. */
  private record Renaming(String strip, String add) {
    /** Null where the name does not start as it should. */
    String of(String name) {
      return name.startsWith(strip) ? add + name.substring(strip.length()) : null;
    }

    /** How many of a file's names become those of wanted parameters. */
    long hits(WeightsFile source, Map<String, Parameter> wanted) {
      return source.arrays().keySet().stream()
          .filter(name -> wanted.containsKey(String.valueOf(of(name))))
          .count();
    }

    @Override
    public String toString() {
      return strip.equals(add) ? "" : "; " + strip + "* is " + add + "*";
    }
  }

  private WeightsMatch(
      WeightsFile source, Part part, Renaming renaming, Map<String, Parameter> wanted) {
    this.source = source;
    this.part = part;
    this.renaming = renaming;
    Map<String, Array> found = new LinkedHashMap<>();
    source.arrays().forEach((name, array) -> sort(name, array, wanted, found));
    for (Parameter parameter : wanted.values()) {
      Array array = found.get(parameter.name());
      List<Long> expected = LongStream.of(parameter.shape().getShape()).boxed().toList();
      if (array == null) {
        missing.add(parameter.name());
      } else if (withoutOnes(array.shape()).equals(withoutOnes(expected))) {
        matched.put(parameter, array);
        if (!isFinite(array)) {
          notFinite.add(parameter.name());
        }
      } else {
        otherShapes.add(parameter.name() + ": found " + array.shape() + ", expected " + expected);
      }
    }
    lacksStatistics =
        source.isFolded() && missing.stream().anyMatch(name -> name.endsWith(".running_var"));
  }

  private static boolean isFinite(Array array) {
    for (float value : array.values()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Sides of 1 at the end hold no numbers of their own: (C, 1, 1) is (C), and (1) is a scalar. */
  private static List<Long> withoutOnes(List<Long> shape) {
    int end = shape.size();
    while (end > 0 && shape.get(end - 1) == 1) {
      end--;
    }
    return shape.subList(0, end);
  }

  private void sort(
      String name, Array array, Map<String, Parameter> wanted, Map<String, Array> found) {
    String renamed = renaming.of(name);
    if (renamed != null && wanted.containsKey(renamed)) {
      found.put(renamed, array);
    } else if (IGNORED
        .matcher(renamed == null ? name : name.substring(renaming.strip().length()))
        .matches()) {
      ignored.add(name);
    } else if (part != Part.WHOLE && (renamed == null || !part.holds(renamed))) {
      otherParts.add(name);
    } else {
      unknown.add(name);
    }
  }

  /**
   * Compares; nothing is set.
   *
   * @throws UserMistakeException if the network has no such part
   */
  public static WeightsMatch of(WeightsFile source, Parameters parameters, Part part) {
    Map<String, Parameter> wanted =
        StreamSupport.stream(parameters.spliterator(), false)
            .filter(parameter -> part.holds(parameter.name()))
            .collect(Collectors.toMap(Parameter::name, p -> p, (a, b) -> a, LinkedHashMap::new));
    if (wanted.isEmpty()) {
      throw new UserMistakeException(
          "weights.part: found backbone, but no parameter of the network is called backbone.* or"
              + " model.0 to model.9; expected whole");
    }
    Renaming best = new Renaming("", "");
    for (String strip : STRIPPED) {
      for (String add : ADDED) {
        Renaming other = new Renaming(strip, add);
        if (other.hits(source, wanted) > best.hits(source, wanted)) {
          best = other;
        }
      }
    }
    return new WeightsMatch(source, part, best, wanted);
  }

  /** Whether every parameter of the part is there, and nothing else. */
  public boolean isWhole() {
    return missing.isEmpty() && otherShapes.isEmpty() && unknown.isEmpty();
  }

  /**
   * Sets the parameters that match.
   *
   * @param partial whether it is right that others keep their values
   * @throws UserMistakeException unless all match, or some do and that is right; nothing was set
   *     then
   */
  public void load(boolean partial) {
    problem(partial)
        .ifPresent(
            problem -> {
              throw new UserMistakeException("weights " + source.file() + ": " + problem);
            });
    matched.forEach((parameter, array) -> parameter.set(array.values()));
  }

  /** In one line, why the file is not loaded; empty if it is. */
  public Optional<String> problem(boolean partial) {
    if (lacksStatistics) {
      return Optional.of(folded());
    }
    if (!notFinite.isEmpty()) {
      return Optional.of(notFinite());
    }
    if (isWhole() || (partial && !matched.isEmpty())) {
      return Optional.empty();
    }
    List<String> problems = new ArrayList<>();
    add(problems, missing, "missing");
    add(problems, unknown, "not of this network");
    add(problems, otherShapes, "of another shape");
    String advice =
        matched.isEmpty()
            ? "nothing matches"
            : "partial: true would load the other " + matched.size() + " of " + wanted();
    return Optional.of(String.join("; ", problems) + "; " + advice);
  }

  private static void add(List<String> problems, List<String> found, String what) {
    if (!found.isEmpty()) {
      problems.add(count(found.size()) + " " + what + ": " + some(found, 1));
    }
  }

  private static String count(int parameters) {
    return parameters == 1 ? "1 parameter" : parameters + " parameters";
  }

  private String folded() {
    return "found an "
        + source.format()
        + " export without the statistics of batch normalisation, which were folded into the"
        + " convolutions, expected running_mean and running_var of "
        + missing.stream().filter(name -> name.endsWith(".running_var")).count()
        + " layers; save the state dict as safetensors, or export with"
        + " training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False";
  }

  private String notFinite() {
    return count(notFinite.size())
        + (notFinite.size() == 1 ? " holds" : " hold")
        + " NaN or infinity: "
        + some(notFinite, SHOWN_NAMES);
  }

  private int wanted() {
    return matched.size() + missing.size() + otherShapes.size();
  }

  /**
   * The comparison in figures and names.
   *
   * @param parameters of the network, or of the part of it that is asked for
   * @param missing names of parameters that the file lacks
   * @param unknown names in the file that the network lacks
   * @param shapes parameters whose shape in the file is another, with both
   * @param notFinite names of matched parameters that hold NaN or infinity
   */
  public record Summary(
      String file,
      String format,
      int matched,
      int parameters,
      List<String> missing,
      List<String> unknown,
      List<String> shapes,
      List<String> notFinite) {}

  /** What {@link #report()} tells, for programs. */
  public Summary summary() {
    return new Summary(
        source.file().toString(),
        source.format().toString(),
        matched.size(),
        wanted(),
        List.copyOf(missing),
        List.copyOf(unknown),
        List.copyOf(otherShapes),
        List.copyOf(notFinite));
  }

  /** What matched, what did not and why: at most a screen of lines. */
  public List<String> report() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "weights "
            + source.file()
            + ": "
            + source.format()
            + ", "
            + source.arrays().size()
            + " arrays"
            + renaming);
    lines.add(
        line(
            "matched",
            matched.size()
                + " of "
                + wanted()
                + " parameters"
                + (part == Part.WHOLE ? "" : " of the backbone")));
    addLine(lines, "ignored", ignored, " (counters, constants, classifiers)");
    addLine(lines, "left out", otherParts, " (other parts)");
    addLine(lines, "missing", missing, "");
    addLine(lines, "unknown", unknown, " (not of this network)");
    otherShapes.stream().limit(SHOWN_SHAPES).forEach(shape -> lines.add(line("shape", shape)));
    if (otherShapes.size() > SHOWN_SHAPES) {
      lines.add(line("shape", "... and " + (otherShapes.size() - SHOWN_SHAPES) + " more"));
    }
    if (lacksStatistics) {
      lines.add(line("folded", folded()));
    }
    if (!notFinite.isEmpty()) {
      lines.add(line("NaN", notFinite()));
    }
    return lines;
  }

  private static void addLine(List<String> lines, String what, List<String> names, String why) {
    if (!names.isEmpty()) {
      lines.add(line(what, names.size() + why + ": " + some(names, SHOWN_NAMES)));
    }
  }

  private static String line(String what, String text) {
    return "  " + what + " ".repeat(10 - what.length()) + text;
  }

  private static String some(List<String> names, int limit) {
    return String.join(", ", names.subList(0, Math.min(limit, names.size())))
        + (names.size() > limit ? ", ..." : "");
  }
}
