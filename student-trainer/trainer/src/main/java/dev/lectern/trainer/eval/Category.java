package dev.lectern.trainer.eval;

/**
 * A class of objects.
 *
 * @param id as the annotations write it; ids may have gaps
 * @param name for people
 */
public record Category(long id, String name) {}
