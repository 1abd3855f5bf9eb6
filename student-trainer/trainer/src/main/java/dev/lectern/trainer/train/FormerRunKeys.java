package dev.lectern.trainer.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.Upgraded;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keys of a run from before its family had a part of its own: {@code detection, assign-topk}. */
final class FormerRunKeys implements Upgraded.Upgrade {
  private static final String OBJECTIVE = "objective";
  private static final String DETECTION = "detection";
  private static final String ASSIGN_TOPK = "assign-topk";

  FormerRunKeys() {}

  @Override
  public Map<String, String> apply(ObjectNode run) {
    Map<String, String> moved = new LinkedHashMap<>();
    JsonNode detection = run.get(DETECTION);
    if (detection != null && (detection.isObject() || detection.isNull())) {
      run.remove(DETECTION);
      detection.properties().forEach(entry -> objective(run).set(entry.getKey(), entry.getValue()));
      moved.put(DETECTION, OBJECTIVE);
    }
    if (run.has(ASSIGN_TOPK)) {
      objective(run).set(ASSIGN_TOPK, run.remove(ASSIGN_TOPK));
      moved.put(ASSIGN_TOPK, OBJECTIVE + "." + ASSIGN_TOPK);
    }
    return moved;
  }

  private static ObjectNode objective(ObjectNode run) {
    return run.get(OBJECTIVE) instanceof ObjectNode given ? given : run.putObject(OBJECTIVE);
  }
}
