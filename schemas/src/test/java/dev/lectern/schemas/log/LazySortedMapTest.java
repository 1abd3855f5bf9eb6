package dev.lectern.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LazySortedMapTest {
  private final List<String> made = new ArrayList<>();
  private final SortedMap<String, Integer> held = new TreeMap<>(Map.of("a", 1, "b", 2, "c", 3));
  private final SortedMap<String, String> map =
      new LazySortedMap<>(
          held,
          (key, number) -> {
            made.add(key);
            return key + number;
          });

  @Test
  void valuesAreMadeOnlyWhenAskedFor() {
    assertThat(map.keySet()).containsExactly("a", "b", "c");
    assertThat(map.size()).isEqualTo(3);
    assertThat(map.containsKey("b")).isTrue();
    assertThat(map.firstKey()).isEqualTo("a");
    assertThat(made).isEmpty();

    assertThat(map.get("b")).isEqualTo("b2");
    assertThat(map.get("d")).isNull();
    assertThat(made).containsExactly("b");
  }

  @Test
  void itEqualsAnOrdinaryMapAndSoDoItsParts() {
    assertThat(map).isEqualTo(new TreeMap<>(Map.of("a", "a1", "b", "b2", "c", "c3")));
    assertThat(map.values()).containsExactly("a1", "b2", "c3");
    assertThat(map.headMap("b")).isEqualTo(Map.of("a", "a1"));
    assertThat(map.tailMap("b")).isEqualTo(Map.of("b", "b2", "c", "c3"));
    assertThat(map.subMap("b", "c")).isEqualTo(Map.of("b", "b2"));
  }
}
