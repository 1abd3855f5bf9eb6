package dev.lectern.bench.loss;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What losses cost a student.
 *
 * @param setting what was measured where, by name
 * @param studentMs a step of the student alone, milliseconds of processor time
 * @param studentWallMs the same by the clock
 * @param costs of each loss
 */
public record LossFigures(
    Map<String, Object> setting, double studentMs, double studentWallMs, List<LossCost> costs) {
  /** Copies the list. */
  public LossFigures {
    costs = List.copyOf(costs);
  }

  /**
   * The same with the memory that each loss adds.
   *
   * @param bytes by loss
   */
  public LossFigures withMemory(Map<String, Long> bytes) {
    return new LossFigures(
        setting,
        studentMs,
        studentWallMs,
        costs.stream().map(cost -> cost.withMemory(bytes.get(cost.loss()))).toList());
  }

  /** For JSON. */
  public Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>(setting);
    figures.put("studentMs", LossCost.rounded(studentMs));
    figures.put("studentWallMs", LossCost.rounded(studentWallMs));
    figures.put("losses", costs.stream().map(LossCost::figures).toList());
    return figures;
  }

  /** As a markdown table. */
  public String table() {
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%s, %s, batch %s: %.0f ms a step of the student alone.%n%n",
            setting.get("student"),
            setting.get("canvas"),
            setting.get("batchSize"),
            studentMs));
    table.append("| loss | ms a step | of the student's step | MB | KB per image |\n");
    table.append("|---|---|---|---|---|\n");
    costs.forEach(cost -> table.append(cost.row()).append('\n'));
    return table.toString();
  }
}
