package dev.lectern.schemas.log;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiFunction;

/**
 * A map whose values are made anew each time they are asked for, from smaller ones that it holds.
 * Asking for keys makes none. Read-only.
 *
 * @param <H> what is held
 * @param <V> what is made of it
 */
@SuppressWarnings("JdkObsolete") // NavigableMap has a dozen more methods, which nobody would call
public class LazySortedMap<H, V> extends AbstractMap<String, V> implements SortedMap<String, V> {
  private final SortedMap<String, H> held;
  private final BiFunction<String, H, V> made;

  /**
   * @param held not copied
   * @param made makes a value of its key and what is held
   */
  public LazySortedMap(SortedMap<String, H> held, BiFunction<String, H, V> made) {
    this.held = held;
    this.made = made;
  }

  @Override
  public V get(Object key) {
    H found = held.get(key);
    return found == null ? null : made.apply((String) key, found);
  }

  @Override
  public boolean containsKey(Object key) {
    return held.containsKey(key);
  }

  @Override
  public int size() {
    return held.size();
  }

  @Override
  public Set<String> keySet() {
    return Collections.unmodifiableSet(held.keySet());
  }

  @Override
  public Set<Map.Entry<String, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<String, V>> iterator() {
        Iterator<Map.Entry<String, H>> entries = held.entrySet().iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return entries.hasNext();
          }

          @Override
          public Map.Entry<String, V> next() {
            Map.Entry<String, H> entry = entries.next();
            return Map.entry(entry.getKey(), made.apply(entry.getKey(), entry.getValue()));
          }
        };
      }

      @Override
      public int size() {
        return held.size();
      }
    };
  }

  @Override
  public Comparator<? super String> comparator() {
    return held.comparator();
  }

  @Override
  public SortedMap<String, V> subMap(String from, String to) {
    return new LazySortedMap<>(held.subMap(from, to), made);
  }

  @Override
  public SortedMap<String, V> headMap(String to) {
    return new LazySortedMap<>(held.headMap(to), made);
  }

  @Override
  public SortedMap<String, V> tailMap(String from) {
    return new LazySortedMap<>(held.tailMap(from), made);
  }

  @Override
  public String firstKey() {
    return held.firstKey();
  }

  @Override
  public String lastKey() {
    return held.lastKey();
  }
}
