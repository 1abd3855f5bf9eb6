package dev.lectern.detector.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the pickles in which TorchScript archives keep their modules (protocol 2, PEP 307). Nothing
 * is executed: classes and functions stay names, and what they would make is described by a {@link
 * Made} or a {@link Tensor}.
 */
final class Pickle {
  /** Stands on the stack where a group begins. */
  private static final Object MARK = new Object();

  private final ByteBuffer bytes;
  private final Deque<Object> stack = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private Pickle(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** The name of a class or function. */
  record Global(String module, String name) {
    private boolean is(String other) {
      return (module + "." + name).equals(other);
    }
  }

  /**
   * A tensor of an archive.
   *
   * @param storage name of PyTorch's storage class, such as FloatStorage
   * @param key of the archive's entry with the numbers
   * @param offset of the first number
   * @param strides in numbers, as many as the shape has dimensions
   */
  record Tensor(String storage, String key, long offset, List<Long> shape, List<Long> strides) {}

  /** An object of a class, with its attributes. */
  record Made(Global type, Map<Object, Object> attributes) {}

  private record Storage(String type, String key) {}

  /**
   * The object that a pickle describes: text, Long, Double, Boolean, List, Map, {@link Made},
   * {@link Tensor}, or null.
   *
   * @throws IllegalArgumentException if the bytes are no such pickle
   */
  static Object read(byte[] bytes) {
    try {
      return new Pickle(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)).run();
    } catch (BufferUnderflowException | ClassCastException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("found a pickle that is cut short or of another form", e);
    }
  }

  private Object run() {
    while (true) {
      int operation = bytes.get() & 0xFF;
      switch (operation) {
        case 0x80 -> bytes.get(); // PROTO
        case '(' -> stack.push(MARK);
        case 'c' -> stack.push(new Global(line(), line()));
        case 'q' -> memo.put(bytes.get() & 0xFF, stack.peek());
        case 'r' -> memo.put(bytes.getInt(), stack.peek());
        case 'h' -> pushMemo(bytes.get() & 0xFF);
        case 'j' -> pushMemo(bytes.getInt());
        case 'X' -> stack.push(text(bytes.getInt()));
        case 'K' -> stack.push((long) (bytes.get() & 0xFF));
        case 'M' -> stack.push((long) (bytes.getShort() & 0xFFFF));
        case 'J' -> stack.push((long) bytes.getInt());
        case 0x8A -> stack.push(number(bytes.get() & 0xFF));
        case 'G' -> stack.push(Double.longBitsToDouble(Long.reverseBytes(bytes.getLong())));
        case 'N' -> stack.push(List.of());
        case 0x88 -> stack.push(true);
        case 0x89 -> stack.push(false);
        case ')', ']' -> stack.push(new ArrayList<>());
        case '}' -> stack.push(new LinkedHashMap<>());
        case 't' -> stack.push(group());
        case 0x85 -> stack.push(last(1));
        case 0x86 -> stack.push(last(2));
        case 0x87 -> stack.push(last(3));
        case 'a' -> {
          Object item = stack.pop();
          list(stack.peek()).add(item);
        }
        case 'e' -> {
          List<Object> items = group();
          list(stack.peek()).addAll(items);
        }
        case 's' -> putAll(last(2));
        case 'u' -> putAll(group());
        case 'Q' -> stack.push(storage(list(stack.pop())));
        case 'R' -> {
          List<Object> arguments = list(stack.pop());
          stack.push(called((Global) stack.pop(), arguments));
        }
        case 0x81 -> {
          stack.pop();
          stack.push(new Made((Global) stack.pop(), new LinkedHashMap<>()));
        }
        case 'b' -> {
          Object state = stack.pop();
          if (stack.peek() instanceof Made made && state instanceof Map<?, ?> attributes) {
            made.attributes().putAll(attributes);
          }
        }
        case '.' -> {
          return stack.pop();
        }
        default ->
            throw new IllegalArgumentException(
                "found pickle operation 0x" + Integer.toHexString(operation));
      }
    }
  }

  private void pushMemo(int key) {
    if (!memo.containsKey(key)) {
      throw new IllegalArgumentException("found a reference to nothing in a pickle");
    }
    stack.push(memo.get(key));
  }

  private String line() {
    int start = bytes.position();
    int length = 0;
    while (bytes.get() != '\n') {
      length++;
    }
    return new String(bytes.array(), start, length, StandardCharsets.UTF_8);
  }

  private String text(int length) {
    byte[] text = new byte[checked(length)];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private int checked(int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    return length;
  }

  /** A whole number of up to 8 bytes, two's complement. */
  private long number(int length) {
    if (length > Long.BYTES) {
      throw new IllegalArgumentException("found a number of " + length + " bytes in a pickle");
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      value |= (bytes.get() & 0xFFL) << (8 * i);
    }
    int unused = 64 - 8 * length;
    return length == 0 ? 0 : value << unused >> unused;
  }

  /** What was pushed since the last mark, in order. */
  private List<Object> group() {
    List<Object> items = new ArrayList<>();
    while (stack.peek() != MARK) {
      if (stack.isEmpty()) {
        throw new BufferUnderflowException();
      }
      items.add(0, stack.pop());
    }
    stack.pop();
    return items;
  }

  private List<Object> last(int count) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(0, stack.pop());
    }
    return items;
  }

  @SuppressWarnings("unchecked") // every list that is pushed holds objects
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  @SuppressWarnings("unchecked") // every map that is pushed maps objects
  private void putAll(List<Object> pairs) {
    Map<Object, Object> map = (Map<Object, Object>) stack.peek();
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      map.put(pairs.get(i), pairs.get(i + 1));
    }
  }

  /** From a tuple such as {@code ("storage", torch.FloatStorage, "0", "cpu", 648)}. */
  private static Storage storage(List<Object> reference) {
    return new Storage(((Global) reference.get(1)).name(), (String) reference.get(2));
  }

  private static Object called(Global function, List<Object> arguments) {
    if (function.is("torch._utils._rebuild_tensor_v2")) {
      Storage storage = (Storage) arguments.get(0);
      return new Tensor(
          storage.type(),
          storage.key(),
          (Long) arguments.get(1),
          numbers(arguments.get(2)),
          numbers(arguments.get(3)));
    }
    boolean wraps =
        function.is("torch._utils._rebuild_parameter")
            || function.module().equals("torch.jit._pickle");
    if (wraps && !arguments.isEmpty()) {
      return arguments.get(0);
    }
    return function.is("collections.OrderedDict")
        ? new LinkedHashMap<>()
        : new Made(function, new LinkedHashMap<>());
  }

  private static List<Long> numbers(Object tuple) {
    return list(tuple).stream().map(Long.class::cast).toList();
  }
}
