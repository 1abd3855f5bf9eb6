/** Which known export a model file is, and the descriptor with which it can be a teacher. */
package dev.lectern.teacher.recognition;
