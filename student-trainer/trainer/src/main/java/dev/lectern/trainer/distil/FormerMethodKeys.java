package dev.lectern.trainer.distil;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.Upgraded;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keys of methods that had another name: {@code least-side} of {@code gid}. */
final class FormerMethodKeys implements Upgraded.Upgrade {
  private static final Map<String, String> RENAMED =
      Map.of("least-side", "min-side", "least_side", "min-side");

  FormerMethodKeys() {}

  @Override
  public Map<String, String> apply(ObjectNode method) {
    Map<String, String> moved = new LinkedHashMap<>();
    RENAMED.forEach(
        (from, to) -> {
          if (method.has(from)) {
            method.set(to, method.remove(from));
            moved.put(from, to);
          }
        });
    return moved;
  }
}
