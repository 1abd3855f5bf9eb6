package dev.lectern.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.train.TrainConfig;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an experiment runs and by which rule it decides, as YAML. The files that it names are those
 * which the commands of their names take with {@code --config}.
 */
public record ExperimentPlan(
    @Key(meaning = "files of `lectern publish`", shownDefault = "nothing to publish")
        List<Path> publish,
    @Key(
            meaning =
                "files of `lectern teach`; each recording gets a ledger and is awaited until it is"
                    + " sealed",
            shownDefault = "nothing to record")
        List<Path> teach,
    @Key(meaning = "teacher workers of a recording", defaultsTo = "1", min = 1) Integer workers,
    @Key(
            meaning = "file of `lectern train`; every row is this run with the row's own keys",
            shownDefault = "required")
        @FileName
        String run,
    @Key(meaning = "seeds; every row runs with each", defaultsTo = "[1, 2, 3, 4, 5]")
        List<Long> seeds,
    @Key(meaning = "trainings at once", defaultsTo = "1", min = 1) Integer parallel,
    @Key(meaning = "what is compared", shownDefault = "required") List<Row> rows,
    @Key(meaning = "split that claims are decided on; the run measures it", defaultsTo = "test")
        String split,
    @Key(meaning = "figure that claims are decided on, after the last epoch", defaultsTo = "ap")
        Figure figure,
    @Key(meaning = "confidence of the intervals", defaultsTo = "0.95", above = 0, max = 0.9999)
        Double confidence,
    @Key(meaning = "what the experiment is to show", shownDefault = "none") List<Claim> claims) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");

  /** Keys of a run that the experiment sets. */
  private static final Set<String> OWN_KEYS = Set.of("out", "seed", "bootstrap-servers", "kafka");

  /** Keys in which a row equals its baseline: the same network, truth, start, order and budget. */
  private static final List<String> PAIRED_KEYS =
      List.of(
          "student",
          "classes",
          "weights",
          "epochs",
          "batch-size",
          "split",
          "optimizer",
          "schedule",
          "evaluation");

  /** A figure of an evaluation: of boxes, as COCO has them, or of pixels. */
  public enum Figure {
    AP("AP"),
    AP50("AP50"),
    AP75("AP75"),
    MIOU("mIoU");

    private final String key;

    Figure(String key) {
      this.key = key;
    }

    /** Its name in a run's metrics. */
    public String key() {
      return key;
    }
  }

  /**
   * A way to train.
   *
   * @param name in files and tables
   * @param baseline row that it is compared with; null for the first of the plan
   * @param set keys of a run that differ from the plan's run
   */
  public record Row(String name, String baseline, Map<String, Object> set) {
    public Row {
      if (name == null || !NAME.matcher(name).matches()) {
        throw new UserMistakeException(
            "name: found " + name + ", expected letters, digits and . _ + -");
      }
      set = set == null ? Map.of() : Map.copyOf(set);
      for (String key : set.keySet()) {
        if (OWN_KEYS.contains(key.replace('_', '-'))) {
          throw new UserMistakeException(
              "set: found key '" + key + "', which the experiment sets for every training");
        }
      }
    }
  }

  /**
   * That the lower end of a row's interval against its baseline lies above a number.
   *
   * @param above in parts of 1: 0 that the row gains, -0.01 that it does not lose a point
   */
  public record Claim(String row, Double above) {
    public Claim {
      above = above == null ? 0.0 : above;
    }

    /** Such as {@code kd - none > -0.01}. */
    String words(String baseline) {
      return row
          + " - "
          + baseline
          + " > "
          + new BigDecimal(above.toString()).stripTrailingZeros().toPlainString();
    }
  }

  /** Refuses what cannot be compared. */
  public ExperimentPlan {
    publish = publish == null ? List.of() : List.copyOf(publish);
    teach = teach == null ? List.of() : List.copyOf(teach);
    rows = rows == null ? List.of() : List.copyOf(rows);
    claims = claims == null ? List.of() : List.copyOf(claims);
    require(run != null && !run.isBlank(), "run: found nothing, expected a file of lectern train");
    require(!rows.isEmpty(), "rows: found none, expected at least the baseline");
    require(
        !seeds.isEmpty() && new HashSet<>(seeds).size() == seeds.size(),
        "seeds: found " + seeds + ", expected at least one, each once");
    Set<String> names = new HashSet<>();
    for (Row row : rows) {
      require(names.add(row.name()), "rows: found " + row.name() + " twice, expected other names");
    }
    for (Row row : rows) {
      require(
          row.baseline() == null || names.contains(row.baseline()),
          "rows: "
              + row.name()
              + ": baseline: found "
              + row.baseline()
              + ", expected one of "
              + names);
    }
    for (Claim claim : claims) {
      require(
          names.contains(claim.row()),
          "claims: row: found " + claim.row() + ", expected one of " + names);
      require(
          !claim.row().equals(baseline(rows, claim.row())),
          "claims: row: found " + claim.row() + ", which is compared with itself");
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new UserMistakeException(message);
    }
  }

  private static String baseline(List<Row> rows, String row) {
    return rows.stream()
        .filter(one -> one.name().equals(row))
        .map(Row::baseline)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(rows.get(0).name());
  }

  /** Name of the row that a row is compared with; its own if it is a baseline. */
  public String baseline(String row) {
    return baseline(rows, row);
  }

  /** Reads a plan; relative file names in it are relative to the plan. */
  public static ExperimentPlan load(Path file) {
    return ConfigLoader.load(file, List.of(), ExperimentPlan.class);
  }

  /**
   * The settings of every row but those that the experiment sets, bound once so that every mistake
   * is found before anything runs.
   *
   * @param file where the plan lies: file names in rows are relative to it
   * @throws UserMistakeException if a row is not a run, differs from its baseline in more than how
   *     it learns, or does not measure the plan's split
   */
  public Map<String, ObjectNode> settings(Path file) {
    ObjectNode base = ConfigLoader.tree(Path.of(run), List.of(), TrainConfig.class);
    require(
        !base.has("kafka"),
        run
            + ": kafka: found client properties, expected none: no file of an experiment holds"
            + " secrets; give them with --kafka-properties");
    OWN_KEYS.forEach(base::remove);
    Map<String, ObjectNode> settings = new LinkedHashMap<>();
    for (Row row : rows) {
      ObjectNode merged = base.deepCopy();
      ObjectNode own = ConfigLoader.placed(row.set(), file, TrainConfig.class);
      own.properties().forEach(key -> merged.set(key.getKey().replace('_', '-'), key.getValue()));
      if (own.has("dataset")) {
        merged.remove(List.of("recording", "recordings"));
      } else if (own.has("recording") || own.has("recordings")) {
        merged.remove("dataset");
        merged.remove(own.has("recording") ? "recordings" : "recording");
      }
      String where = file + ": row " + row.name();
      ObjectNode whole = merged.deepCopy().put("out", row.name());
      TrainConfig bound =
          ConfigLoader.bind(ConfigLoader.toYaml(whole), List.of(), TrainConfig.class, where);
      require(
          bound.evaluation().splits().contains(split),
          where
              + ": measures "
              + bound.evaluation().splits()
              + ", expected the split of the plan, "
              + split
              + "; name it in evaluation.split or evaluation.further-splits, or set the plan's"
              + " split");
      settings.put(row.name(), merged.put("epochs", bound.epochs()));
    }
    for (Row row : rows) {
      requirePaired(row, settings, file);
    }
    return settings;
  }

  private void requirePaired(Row row, Map<String, ObjectNode> settings, Path file) {
    String baseline = baseline(row.name());
    for (String key : PAIRED_KEYS) {
      JsonNode own = settings.get(row.name()).path(key);
      JsonNode other = settings.get(baseline).path(key);
      require(
          own.equals(other),
          file
              + ": row "
              + row.name()
              + ": found another "
              + key
              + " than its baseline "
              + baseline
              + " has, expected the same: a pair differs in how it learns, not in network,"
              + " classes or budget; give the row a baseline of its own");
    }
  }
}
