/* Every rank sends every other one a number that both can compute, and checks what it got. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  int rank, size, wrong = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  int *out = malloc(sizeof *out * size), *in = malloc(sizeof *in * size);
  for (int other = 0; other < size; other += 1) out[other] = rank * 1000 + other;
  MPI_Alltoall(out, 1, MPI_INT, in, 1, MPI_INT, MPI_COMM_WORLD);
  for (int other = 0; other < size; other += 1) wrong += in[other] != other * 1000 + rank;
  int total;
  MPI_Reduce(&wrong, &total, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("wrong %d\n", total);
  free(out);
  free(in);
  MPI_Finalize();
  return wrong != 0;
}
